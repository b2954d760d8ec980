//! The core's measures for `make bench` as WASM: tests/e2e/support/core-bench.mjs loads it, built
//! as the app is shipped.

#[expect(dead_code, reason = "the native bench writes the releases")]
mod measures;

use calloff_core::catalogue::Catalogue;
use calloff_core::catalogue::search::SearchIndex;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn now_ms() -> f64;
}

/// A catalogue with its search, to see how much memory they take.
#[wasm_bindgen]
pub struct Opened {
    _catalogue: Catalogue,
    _search: SearchIndex,
}

/// Opens a release file as a tablet does at its start.
#[wasm_bindgen]
pub fn open(file: Vec<u8>) -> Opened {
    let catalogue = measures::Release::read(&file).index();
    drop(file);
    Opened { _search: catalogue.search_index(), _catalogue: catalogue }
}

/// All measures of a release file, as JSON by name.
#[wasm_bindgen]
pub fn measure(file: &[u8]) -> String {
    serde_json::to_string(&measures::measure(file, &now_ms)).expect("numbers")
}
