//! `seeds FOLDER TARGET…` writes each target's seeds to `FOLDER/TARGET/`, one per file. Without
//! targets it lists their names.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

fn main() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        for target in &verijot_fuzz::targets::ALL {
            println!("{}", target.name);
        }
        return Ok(());
    };
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testvectors");
    for target in arguments {
        let folder = folder.join(&target);
        fs::create_dir_all(&folder)?;
        for seed in verijot_fuzz::seeds::of(&target.to_string_lossy(), &vectors) {
            let name = Sha256::digest(&seed);
            let name = name[..8].iter().map(|octet| format!("{octet:02x}")).collect::<String>();
            fs::write(folder.join(format!("vector-{name}")), seed)?;
        }
    }
    Ok(())
}
