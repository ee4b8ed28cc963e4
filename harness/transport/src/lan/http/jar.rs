//! Cookies of one session: name, value, path, secure and expiry (a part of RFC 6265).
//!
//! Domains are left out, because a device is dialled by its address; ports share cookies.

use std::time::{SystemTime, UNIX_EPOCH};

/// Cookies kept at most.
const MOST: usize = 50;
/// Largest cookie kept, name and value, bytes.
const LARGEST: usize = 4 << 10;

/// The cookies of one session. Their values are secrets: not printable.
#[derive(Default)]
pub(super) struct Jar {
    cookies: Vec<Cookie>,
}

struct Cookie {
    name: String,
    value: String,
    path: String,
    secure: bool,
}

impl Jar {
    /// Takes a `Set-Cookie` header of an answer to a request for `path`.
    pub(super) fn set(&mut self, header: &str, path: &str) {
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || name.len() + value.len() > LARGEST {
            return;
        }
        let mut cookie = Cookie {
            name: name.into(),
            value: value.into(),
            path: folder(path).into(),
            secure: false,
        };
        let (mut max_age, mut expires) = (None, None);
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match key.trim().to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => cookie.path = value.into(),
                "secure" => cookie.secure = true,
                "max-age" => max_age = value.trim().parse::<i64>().ok(),
                "expires" => expires = day_of(value),
                _ => {}
            }
        }
        self.cookies
            .retain(|c| (&c.name, &c.path) != (&cookie.name, &cookie.path));
        // Max-Age wins over Expires (section 4.1.2.2).
        let over = max_age.map_or(expires.is_some_and(|day| day < today()), |age| age <= 0);
        if !over && self.cookies.len() < MOST {
            self.cookies.push(cookie);
        }
    }

    /// The `Cookie` header for a request; longest paths first (section 5.4).
    pub(super) fn header(&self, path: &str, tls: bool) -> Option<String> {
        let fits = |c: &&Cookie| path_matches(path, &c.path) && (tls || !c.secure);
        let mut chosen: Vec<_> = self.cookies.iter().filter(fits).collect();
        chosen.sort_by_key(|c| std::cmp::Reverse(c.path.len()));
        let pairs: Vec<_> = chosen
            .iter()
            .map(|c| format!("{}={}", c.name, c.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// Default path of a cookie (section 5.1.4).
fn folder(path: &str) -> &str {
    match path.rfind('/') {
        Some(at) if at > 0 && path.starts_with('/') => &path[..at],
        _ => "/",
    }
}

/// Section 5.1.4.
fn path_matches(path: &str, of_cookie: &str) -> bool {
    path.strip_prefix(of_cookie)
        .is_some_and(|rest| rest.is_empty() || of_cookie.ends_with('/') || rest.starts_with('/'))
}

/// Days since 1970 of a date such as `Thu, 01 Jan 1970 00:00:00 GMT`, with spaces or dashes.
fn day_of(date: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let (mut day, mut month, mut year) = (None, None, None);
    for word in date.split([' ', '-', ',']) {
        let lower = word.to_ascii_lowercase();
        match word.parse::<i64>() {
            Ok(n) if day.is_none() && (1..=31).contains(&n) => day = Some(n),
            Ok(n) if year.is_none() && n < 100 => {
                year = Some(if n < 70 { n + 2000 } else { n + 1900 })
            }
            Ok(n) if year.is_none() && n < 10_000 => year = Some(n),
            Ok(_) => {}
            Err(_) => month = month.or(MONTHS.iter().position(|m| lower.starts_with(m))),
        }
    }
    let (day, month, year) = (day?, month? as i64 + 1, year?);
    // Days of the civil calendar, counted in years that begin in March.
    let year = if month <= 2 { year - 1 } else { year };
    let since_march = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(365 * year + year / 4 - year / 100 + year / 400 + since_march - 719_468)
}

fn today() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    (since.as_secs() / 86_400) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(jar: &Jar, path: &str) -> String {
        jar.header(path, false).unwrap_or_default()
    }

    #[test]
    fn cookies_follow_their_paths() {
        let mut jar = Jar::default();
        jar.set("sid=abc; HttpOnly; Path=/", "/login");
        jar.set("deep = x=1 ; path=/api", "/login");
        jar.set("own=1", "/api/v1/state");
        assert_eq!(sent(&jar, "/api/v1/x"), "own=1; deep=x=1; sid=abc");
        assert_eq!(sent(&jar, "/apis"), "sid=abc");
        jar.set("sid=new; Path=/", "/");
        assert_eq!(sent(&jar, "/"), "sid=new");
    }

    #[test]
    fn cookies_end_by_age_or_date_and_secure_ones_stay_in_tls() {
        for end in [
            "Max-Age=0",
            "expires=Thu, 01-Jan-1970 00:00:01 GMT",
            "Expires=Sun, 06 Nov 1994 08:49:37 GMT",
        ] {
            let mut jar = Jar::default();
            jar.set("sid=abc; Path=/", "/");
            jar.set(&format!("sid=; Path=/; {end}"), "/logout");
            assert_eq!(sent(&jar, "/"), "", "{end}");
        }
        let mut jar = Jar::default();
        jar.set(
            "a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "/",
        );
        jar.set("b=2; Expires=Fri, 31 Dec 9999 23:59:59 GMT; Secure", "/");
        assert_eq!(sent(&jar, "/"), "a=1");
        assert_eq!(jar.header("/", true).unwrap(), "a=1; b=2");
    }

    #[test]
    fn days_are_counted_right() {
        assert_eq!(day_of("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(day_of("Tue, 29-Feb-2000 00:00:00 GMT"), Some(11_016));
        assert_eq!(day_of("Mon, 31 Dec 2029"), Some(21_914));
        assert_eq!(day_of("never"), None);
    }

    #[test]
    fn rubbish_and_floods_are_bounded() {
        let mut jar = Jar::default();
        for header in ["", "novalue", "=x", ";;;", "\u{fffd}"] {
            jar.set(header, "/");
        }
        jar.set(&format!("big={}", "x".repeat(5000)), "/");
        assert!(jar.header("/", true).is_none());
        for i in 0..1000 {
            jar.set(&format!("c{i}=1"), "/");
        }
        assert_eq!(jar.cookies.len(), MOST);
    }
}
