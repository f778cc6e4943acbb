//! What the page shows: a box for each file, and the counts.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{Document, Element};

/// How far a file is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum State {
    Running,
    Fetched,
    Counted,
}

#[derive(Clone)]
pub(crate) struct Page {
    boxes: Rc<[Element]>,
    counts: Element,
    at_a_time: usize,
    running: Rc<Cell<usize>>,
    most: Rc<Cell<usize>>,
}

impl Page {
    pub(crate) fn new(files: usize, at_a_time: usize) -> Result<Self, JsValue> {
        let document = web_sys::window().and_then(|window| window.document());
        let document = document.ok_or("there is no document")?;
        let list = element(&document, "files")?;
        let boxes = (0..files).map(|_| {
            let item = document.create_element("li")?;
            list.append_child(&item)?;
            Ok(item)
        });
        let page = Self {
            boxes: boxes.collect::<Result<Vec<_>, JsValue>>()?.into(),
            counts: element(&document, "counts")?,
            at_a_time,
            running: Rc::default(),
            most: Rc::default(),
        };
        page.count(0, 0, files);
        Ok(page)
    }

    pub(crate) fn show(&self, file: usize, state: State) {
        let running = self.running.get();
        let name = match state {
            State::Running => {
                self.running.set(running + 1);
                self.most.set(self.most.get().max(running + 1));
                "running"
            }
            State::Fetched => {
                self.running.set(running - 1);
                "fetched"
            }
            State::Counted => "counted",
        };
        self.boxes[file].set_class_name(name);
    }

    pub(crate) fn count(&self, files: usize, bytes: usize, waiting: usize) {
        let (all, limit) = (self.boxes.len(), self.at_a_time);
        let running = self.running.get();
        self.counts.set_text_content(Some(&format!(
            "{files} of {all} files, {bytes} bytes; {running} of at most {limit} fetches run, {waiting} wait"
        )));
    }

    pub(crate) fn most_at_a_time(&self) -> usize {
        self.most.get()
    }
}

fn element(document: &Document, id: &str) -> Result<Element, JsValue> {
    let found = document.get_element_by_id(id);
    found.ok_or_else(|| format!("the page has no element {id}").into())
}
