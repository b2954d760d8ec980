//! Joins a browser app's WebAssembly to its JavaScript, as the program `wasm-bindgen` does.
//! `calloff-bindgen APP.wasm NAME FOLDER` writes `NAME.js` and `NAME_bg.wasm` into the folder.
//!
//! This program is small, so that a person who only wants to run Calloff need not build the whole
//! of `wasm-bindgen`. Three quarters of that program serve tests in browsers.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, name, folder] = arguments.as_slice() else {
        eprintln!("usage: calloff-bindgen APP.wasm NAME FOLDER");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(input).out_name(name).typescript(false);
    let written = bindgen.web(true).and_then(|bindgen| bindgen.generate(folder));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("calloff-bindgen: {input}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
