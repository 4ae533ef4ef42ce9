//! Writes the Kotlin and Swift sources for the library, which are never committed.

fn main() {
    uniffi::uniffi_bindgen_main();
}
