//! Lists the vector files of the folder named by `VERIJOT_TESTVECTORS`, or of the repository's own,
//! so that their texts are compiled in.

use std::env;
use std::fs;
use std::path::PathBuf;

fn main() {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../testvectors");
    let folder = env::var_os("VERIJOT_TESTVECTORS").map_or(own, PathBuf::from);
    let folder = folder.canonicalize().expect("the folder of the vectors is there");
    let mut paths = fs::read_dir(&folder)
        .expect("the folder of the vectors can be read")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| {
            let name = path.file_name().expect("a file has a name").to_string_lossy();
            !name.ends_with("schema.json") && name != "codes.json"
        })
        .collect::<Vec<_>>();
    paths.sort();
    let texts = paths.iter().map(|path| format!("    include_str!({path:?}),\n"));
    let list = format!("&[\n{}]", texts.collect::<String>());
    let list_path = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("files.rs");
    fs::write(list_path, list).expect("the build's own folder can be written");
    println!("cargo:rerun-if-env-changed=VERIJOT_TESTVECTORS");
    println!("cargo:rerun-if-changed={}", folder.display());
}
