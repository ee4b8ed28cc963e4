//! Default and popular values that every guesser tries first.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Bits left to a guesser with this list.
pub(super) const BITS: f64 = 9.0;

/// Own collection of what devices ship with and people pick most, in lower case. Variants in case,
/// look-alike characters,
/// doubled words, and digits or symbols before or after are made from it.
const LIST: &str = "0000 00000 000000 0000000 00000000 0123456789 1111 11111 111111 1111111 11111111 1122334455 112233
11223344 1212 121212 12121212 123 123123 123123123 1234 12344321 12345 123454321 1234554321 123456
1234567 12345678 123456789 1234567890 123321 1313 131313 13579 135790 147258 147258369 159357
159753 1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 2000 2222 222222 22222222 232323 246810 252525
321321 333333 33333333 369258147 4321 444444 44444444 4815162342 54321 555555 55555555 654321
666666 66666666 696969 741852963 753159 7654321 777777 7777777 77777777 789456 789456123 87654321
888888 88888888 963852741 987654 987654321 9876543210 999999 99999999 a1b2c3 a1b2c3d4 a1s2d3f4
aa123456 aaaaaa aaaaaaaa abc123 abc12345 abcabc abcd1234 abcde abcdef abcdefg abcdefgh access admin
adminadmin adminpass admintest administrator adminpw alarm alexander alpha amanda amazon ambient
andrea andrew android angel anonymous anthony apache apple applepie apollo arcadyan arduino aria
ashley asdf asdf1234 asdfasdf asdfgh asdfghjk asdfghjkl asecret ascend asus athena attack austin
avaya avocent axis azerty azertyuiop baby babygirl backdoor backup badboy bailey banana bandit
barcelona baseball basic basketball batman beach bear beaver beer belkin bigdog billy bintec
biscuit black blahblah blink blue bluetooth bosch boss boston bridge broadcom brother browser
bubbles buster butter butterfly buttercup calvin camera camaro canon cable casa cascade cellular
central chance changeit changeme changeme123 changethis charlie cheese chelsea chester chicken
chocolate cisco clancy client cloud coffee comcast commander compaq computer config configure
connect console controller conexant cookie cooper corvette cowboy crystal custom customer dahua
dallas daniel david debug default defaultpass demo demodemo dell deluxe desktop device diamond
digital dinosaur director dlink doctor dolphin domain donald door dragon draytek dreambox eagle
easy easyfox ebay echo edimax einstein electric elephant empire enable engineer enter enterprise
epson ericsson espressif ethernet example extreme factory falcon family fender ferrari field
firebird firewall firmware fish flower football ford foscam freedom freepbx friend friends fritzbox
gandalf garage gateway general george gfhjkm ginger golden goldfish google gopher gorilla
grandstream green guest guestguest guitar hacker hallo hammer hannah happy hardware harley hello
helloworld heritage hikvision home homeassistant honda honeywell hockey hottie house huawei hunter
hunter2 iloveyou infinity ingress inside install installer instar intel internet intranet ipcam
iphone jackson jaguar james jasmine jennifer jessica jesus john johnny jordan joshua junior juniper
keyboard killer kitchen klaster klopklop knight kyocera lamp laptop laser lemon letmein letmein123
letmeinnow liberty light linksys linux liverpool local login logitech london lovely loveme lucky
m1cro maggie magic maint maintenance manager marina market martin master matrix matthew maverick
maxwell memory mercedes merlin michael michelle mickey microsoft miller mirai mobile modem money
monitor monkey monster morgan motorola mountain mustang mypassword myspace naruto natalie neptune
netadmin netcomm netgear netman netopia network newpass newpassword nicole ninja nokia nopass
nopassword nothing office oldpassword online openwrt operator oracle orange owner packet panasonic
parola pass pass123 pass1234 passme passport passw0rd password password1 password12 password123
passwort pepper peter philips phone picture pirate plant player plugin pokemon polycom porsche
power printer private profile project public purple pw123 qazwsx qazwsxedc qnap q1w2e3r4 q1w2e3r4t5
qwe123 qweasd qweasdzxc qwer1234 qwerty qwerty1 qwerty123 qwertyui qwertyuiop qwertz rainbow ranger
raspberry readonly realtek recover redsox remote repair reset richard ricoh robert robot rocket
root rootme rootpass rootroot router ruckus runner sagem samantha samsung scanner scooter secret
secret123 secure security sensor server service setup shadow shannon siemens silver simple sitecom
slipknot smart smartcam smarthome smcadmin smoke snoopy soccer software solution sonoff sony spider
spring star startrek starwars steelers student summer sunshine super superadmin superman superuser
supervisor support surveillance switch swordfish symbol sysadmin system target tasmota taylor
teacher tech technician telco telecom telnet temp temp123 temporary tenda test test123 test1234
tester testing testtest thomas thermostat tiger tigger tinkle toor toshiba tplink trendnet trinity
trustno1 tuya ubiquiti ubnt unifi unknown update upload user user1 user1234 username vagrant vertex
victoria video viewer vizxv vodafone volition warrior watchdog web webadmin webcam welcome welcome1
welcome123 whatever william wind windows winner winter wireless wizard wlan wlanwlan wifi wifiwifi
worker write xc3511 xiaomi xerox xmhdipc xxxxxx yamaha yankees yellow zaq12wsx zaq1zaq1 zigbee zlxx
zmodem zte zte521 zxcvbn zxcvbnm zyxel zzzzzz";

/// Whether a text in lower case stands in the list as it is.
pub(super) fn is_listed(lower: &str) -> bool {
    static ENTRIES: LazyLock<HashSet<&str>> =
        LazyLock::new(|| LIST.split_ascii_whitespace().collect());
    ENTRIES.contains(lower)
}

/// How the value comes from the list, in words that do not tell which entry.
pub(super) fn how(value: &str) -> Option<String> {
    if value.is_empty() {
        return Some("nothing at all".to_owned());
    }
    let lower = value.to_lowercase();
    if is_listed(&lower) {
        return Some("in the list of values tried first".to_owned());
    }
    let plain = alike(&lower);
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    // At most this much beside an entry, or a long random value could hold one by chance.
    let beside = lower.chars().count() - core.chars().count();
    let entry = |t: &str| t.chars().count() >= 4 && is_listed(t);
    let varied = is_listed(&plain)
        || (beside <= 4 && (entry(core) || entry(&alike(core))))
        || entry(plain.trim_end_matches(|c: char| !c.is_alphabetic()));
    if varied {
        return Some("a variant of one in the list of values tried first".to_owned());
    }
    let half = lower.len() / 2;
    let doubled = lower.is_char_boundary(half) && lower[..half] == lower[half..];
    let twice = doubled && is_listed(&lower[..half]);
    twice.then(|| "one from the list of values tried first, twice".to_owned())
}

/// How many values the list has.
pub(super) fn size() -> usize {
    LIST.split_ascii_whitespace().count()
}

/// Look-alike digits and symbols as the letters they stand for.
fn alike(lower: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    lower.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_long_and_lower_case_and_without_repeats() {
        let all: Vec<&str> = LIST.split_ascii_whitespace().collect();
        let once: std::collections::BTreeSet<&&str> = all.iter().collect();
        assert!(all.len() >= 500, "{}", all.len());
        assert_eq!(once.len(), all.len());
        assert!(all.iter().all(|w| w.to_lowercase() == **w));
    }

    #[test]
    fn entries_and_variants() {
        for known in [
            "",
            "admin",
            "Password",
            "P@ssw0rd",
            "admin2024",
            "Admin!",
            "12345678",
            "rootroot",
            "camera99",
            "4dm1n",
        ] {
            assert!(how(known).is_some(), "{known}");
        }
        for fine in ["k7q2m9xwzt4p", "adminlk3jq9x", "correcthorsebattery"] {
            assert_eq!(how(fine), None, "{fine}");
        }
    }
}
