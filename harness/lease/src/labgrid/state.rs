//! What is read off places and resources as they were last told.

use super::messages::{Exported, Kind, MapValue, Place};
use super::mirror::Seen;
use super::wait::Wait;
use super::{Labgrid, Live, held_by};
use crate::{NotLeased, Resource, Taken, Value};
use proofhouse_model::nearest::nearest;
use std::collections::{BTreeMap, HashMap};

/// The name of a place that is there.
pub fn existing(live: &Live, farm: &Labgrid, name: &str) -> Result<String, NotLeased> {
    let seen = live.mirror.seen();
    let found = seen.place(name).map(|place| place.name.clone());
    found.ok_or_else(|| NotLeased::NoPlace {
        coordinator: farm.access().coordinator.clone(),
        place: name.to_owned(),
        nearest: nearest(name, seen.places.keys().map(String::as_str)),
    })
}

/// Whether a place can be asked for; else what stands in the way.
pub fn free(seen: &Seen, name: &str, wait: &Wait<'_>) -> Result<(), NotLeased> {
    let Some(place) = seen.place(name) else {
        return Err(wait.not_there(name, "it was deleted".to_owned()));
    };
    if let Some(held) = held_by(place) {
        return Err(wait.held(name, held.holder));
    }
    match lacks(seen, place) {
        None => Ok(()),
        Some(what) => Err(wait.not_there(name, what)),
    }
}

/// What a place wants of which nothing is exported. Taken now, it would lack it for good: what comes later does not
/// join.
fn lacks(seen: &Seen, place: &Place) -> Option<String> {
    let patterns: Vec<_> = seen.unmatched(place).map(|m| m.pattern()).collect();
    let what = || format!("nothing is exported for {}", patterns.join(", "));
    (!patterns.is_empty()).then(what)
}

/// What becomes of the place that a coordinator chose for a reservation.
#[derive(Debug, PartialEq, Eq)]
pub enum Chosen {
    /// It can be asked for.
    Fine,
    /// It lacks something, and this one, which has the tags too, is free and lacks nothing.
    Rather(String),
    /// It lacks something, and there is no other.
    Lacks(String),
}

pub fn chosen(seen: &Seen, tags: &BTreeMap<String, String>, name: &str) -> Chosen {
    let Some(what) = seen.place(name).and_then(|place| lacks(seen, place)) else {
        return Chosen::Fine;
    };
    let is_free = |place: &Place| held_by(place).is_none() && place.reservation.is_none();
    let mut others = having(seen, tags);
    match others.find(|other| is_free(other) && lacks(seen, other).is_none()) {
        Some(other) => Chosen::Rather(other.name.clone()),
        None => Chosen::Lacks(what),
    }
}

/// At least one place has these tags: for a reservation that nothing can fill, one would wait in vain.
pub fn known(
    seen: &Seen,
    tags: &BTreeMap<String, String>,
    farm: &Labgrid,
) -> Result<(), NotLeased> {
    match having(seen, tags).next() {
        Some(_) => Ok(()),
        None => Err(NotLeased::NoPlace {
            coordinator: farm.access().coordinator.clone(),
            place: format!("with {}", in_words(tags)),
            nearest: None,
        }),
    }
}

fn having<'a>(
    seen: &'a Seen,
    tags: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = &'a Place> {
    let has = |place: &Place, key: &String, value: &String| {
        place.tags.get(key) == Some(value) || (key == "name" && *value == place.name)
    };
    let all = seen.places.values();
    all.filter(move |place| tags.iter().all(|(key, value)| has(place, key, value)))
}

pub fn who_has(seen: &Seen, tags: &BTreeMap<String, String>) -> String {
    let told = |place: &Place| match (held_by(place), &place.reservation) {
        (Some(held), _) => format!("{} is held by {}", place.name, held.holder),
        (None, Some(_)) => format!("{} is reserved for somebody else", place.name),
        (None, None) => format!("{} is free", place.name),
    };
    having(seen, tags).map(told).collect::<Vec<_>>().join("; ")
}

pub fn in_words(tags: &BTreeMap<String, String>) -> String {
    let each = tags.iter().map(|(key, value)| format!("{key}={value}"));
    each.collect::<Vec<_>>().join(" ")
}

/// What of a place cannot be used yet.
pub fn missing(seen: &Seen, place: &Place) -> Vec<String> {
    let each = place.acquired_resources.iter().filter_map(|path| {
        let why = match seen.resource(path) {
            None => "is no longer exported",
            Some(r) if r.acquired == BROKEN => "is broken at its exporter",
            Some(r) if !r.avail => "is not available",
            Some(r) if r.class == "NetworkSerialPort" && !r.has("port") => "has no port yet",
            Some(_) => return None,
        };
        Some(format!("{path} {why}"))
    });
    each.collect()
}

/// What stands in place of a place's name where an exporter could not do what it was asked.
const BROKEN: &str = "<broken>";

pub fn by(acquired: &str) -> String {
    match acquired {
        BROKEN => "broken at its exporter".to_owned(),
        place => format!("taken by place {place}"),
    }
}

impl Exported {
    fn has(&self, param: &str) -> bool {
        self.params
            .get(param)
            .is_some_and(|value| value.kind.is_some())
    }
}

pub fn path_of(resource: &Exported) -> String {
    let path = resource.path.clone().unwrap_or_default();
    let exporter = path.exporter.unwrap_or_default();
    format!("{exporter}/{}/{}/{}", path.group, resource.class, path.name)
}

pub fn taken(seen: &Seen, place: &Place) -> Taken {
    let resource = |path: &String| {
        let found = seen.resource(path)?;
        let own = found.path.clone().unwrap_or_default().name;
        let rename = place.matches.iter().find(|wanted| wanted.fits(found));
        let rename = rename.and_then(|wanted| wanted.rename.clone());
        Some(Resource {
            path: path.clone(),
            name: rename.filter(|name| !name.is_empty()).unwrap_or(own),
            class: found.class.clone(),
            params: values(&found.params),
            extra: values(&found.extra),
            is_there: found.avail,
        })
    };
    Taken {
        place: place.name.clone(),
        resources: place
            .acquired_resources
            .iter()
            .filter_map(resource)
            .collect(),
    }
}

fn values(map: &HashMap<String, MapValue>) -> BTreeMap<String, Value> {
    let value = |value: &MapValue| match &value.kind {
        None => Value::Nothing,
        Some(Kind::Bool(yes)) => Value::YesNo(*yes),
        Some(Kind::Int(n)) => Value::Whole((*n).into()),
        Some(Kind::Uint(n)) => Value::Whole((*n).into()),
        Some(Kind::Float(n)) => Value::Decimal(*n),
        Some(Kind::Text(text)) => Value::Text(text.clone()),
    };
    map.iter().map(|(key, v)| (key.clone(), value(v))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labgrid::messages::{Match, ResourcePath};

    /// A place with the tag of all, that wants what is exported for the group of its name.
    fn place(name: &str) -> Place {
        let wanted = Match {
            exporter: "*".to_owned(),
            group: name.to_owned(),
            class: "*".to_owned(),
            ..Match::default()
        };
        Place {
            name: name.to_owned(),
            tags: HashMap::from([("board".to_owned(), "lamp".to_owned())]),
            matches: vec![wanted],
            ..Place::default()
        }
    }

    /// Places, and something exported for some groups.
    fn seen(places: &[Place], exported: &[&str]) -> Seen {
        let mut seen = Seen::default();
        for place in places {
            seen.places.insert(place.name.clone(), place.clone());
        }
        for group in exported {
            let path = ResourcePath {
                exporter: Some("desk".to_owned()),
                group: (*group).to_owned(),
                name: "console".to_owned(),
            };
            let resource = Exported {
                path: Some(path.clone()),
                class: "NetworkSerialPort".to_owned(),
                ..Exported::default()
            };
            seen.resources.insert(path, resource);
        }
        seen
    }

    /// labgrid#1477, in full over a coordinator in the tests of this package.
    #[test]
    fn labgrid_1477_another_place_goes_before_one_that_nobody_exports() {
        let tags = BTreeMap::from([("board".to_owned(), "lamp".to_owned())]);
        let of = |places: &[Place], exported: &[&str]| chosen(&seen(places, exported), &tags, "a");
        let nothing = || Chosen::Lacks("nothing is exported for */a/*".to_owned());
        let both = [place("a"), place("b")];
        assert_eq!(of(&both, &["a", "b"]), Chosen::Fine);
        assert_eq!(of(&both, &["b"]), Chosen::Rather("b".to_owned()));
        assert_eq!(of(&both, &[]), nothing());
        for (acquired, reservation) in [(Some("desk/bob"), None), (None, Some("TOKEN"))] {
            let taken = Place {
                acquired: acquired.map(str::to_owned),
                reservation: reservation.map(str::to_owned),
                ..place("b")
            };
            assert_eq!(of(&[place("a"), taken], &["b"]), nothing());
        }
        let other = Place {
            tags: HashMap::new(),
            ..place("b")
        };
        assert_eq!(of(&[place("a"), other], &["b"]), nothing());
        // It was deleted meanwhile: whoever takes it is told that.
        assert_eq!(of(&[place("b")], &["b"]), Chosen::Fine);
    }
}
