//! The rooms of the core import in one direction: each only from rooms before it.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, each with the rooms that it may import from.
const ROOMS: [(&str, &[&str]); 13] = [
    ("codes", &[]),
    ("encoding", &[]),
    ("time", &["encoding"]),
    ("crypto", &["codes"]),
    ("error", &["codes", "crypto", "encoding", "time"]),
    ("token", &["codes", "crypto", "encoding", "error", "time"]),
    ("keys", &["codes", "crypto", "encoding", "error", "token"]),
    ("verify", &["codes", "crypto", "encoding", "error", "keys", "time", "token"]),
    ("profile", &["crypto", "encoding", "error", "keys", "time", "token", "verify"]),
    ("provider", &["crypto", "encoding", "profile", "verify"]),
    ("request", &["codes", "encoding", "error", "time", "token"]),
    ("issuer", &["codes", "crypto", "encoding", "error", "keys", "provider", "time", "verify"]),
    ("session", &["codes", "encoding", "time"]),
];

#[test]
fn each_room_imports_only_from_allowed_rooms() {
    let mut wrong = Vec::new();
    let mut rooms = BTreeSet::new();
    for file in files(&source()) {
        let relative = file.strip_prefix(source()).unwrap().to_str().unwrap();
        let room = relative.split(['/', '.']).next().unwrap();
        if room == "lib" {
            continue;
        }
        rooms.insert(room.to_owned());
        let Some((_, known)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            panic!("{relative} stands in no room")
        };
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            if import != room && !known.contains(&import.as_str()) {
                wrong.push(format!("{relative}: {room} must not know {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(rooms.len(), ROOMS.len(), "a room without a file");
}

#[test]
fn no_two_rooms_import_each_other() {
    for (place, (room, known)) in ROOMS.iter().enumerate() {
        for import in *known {
            let of_import = ROOMS.iter().position(|(name, _)| name == import);
            assert!(of_import.is_some_and(|of_import| of_import < place), "{room} knows {import}");
        }
    }
}

/// The names after `crate::` in the code, tests and comments left out.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let of_line = |line: &str| {
        let names = line.split("crate::").skip(1);
        names
            .map(|rest| rest.split(|next: char| !next.is_alphanumeric() && next != '_').next())
            .map(|name| name.unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    code.flat_map(of_line).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
