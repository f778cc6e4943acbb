//! The pictures, with made-up figures.
#![forbid(unsafe_code)]

use roxmltree::{Document, Node};

use super::charts::SHORT;
use super::records::CURVES;
use super::scene::Scene;
use super::workloads::OURS;

/// Returns the names of all pictures.
fn names() -> Vec<String> {
    let primitives = [
        "lock",
        "rwlock",
        "semaphore",
        "event",
        "barrier",
        "condition",
        "once_cell",
        "queue",
    ];
    let bars = primitives
        .iter()
        .map(|primitive| format!("bars-{primitive}"));
    let growth = growth().map(|curve| format!("growth-{curve}"));
    ["chart".to_owned()]
        .into_iter()
        .chain(bars)
        .chain(growth)
        .collect()
}

/// Returns the ends of the names of the growth charts.
fn growth() -> impl Iterator<Item = &'static str> {
    CURVES.into_iter().chain(["by-hand"])
}

/// Returns the text of a picture.
fn picture(scene: &Scene, name: &str) -> String {
    scene.file(&format!("benchmarks/{name}.svg"))
}

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap().parse().unwrap()
}

fn has_class(node: Node<'_, '_>, class: &str) -> bool {
    let classes = node.attribute("class").unwrap_or_default();
    classes.split(' ').any(|one| one == class)
}

/// Returns the ends of a text, from left to right and from top to bottom. The width is that of a
/// wide font.
fn extent(text: Node<'_, '_>) -> [f64; 4] {
    let (x, y) = (number(text, "x"), number(text, "y"));
    let wide = match () {
        () if has_class(text, "title") => 9.6,
        () if has_class(text, "small") => 7.0,
        () => 7.6,
    };
    let width = wide * text.text().unwrap().chars().count() as f64;
    let left = match () {
        () if has_class(text, "name") => x - width,
        () if has_class(text, "middle") => x - width / 2.0,
        () => x,
    };
    [left, left + width, y - 10.0, y + 3.0]
}

fn overlap(one: [f64; 4], other: [f64; 4]) -> bool {
    one[0] < other[1] && other[0] < one[1] && one[2] < other[3] && other[2] < one[3]
}

/// Returns a scene with figures as long as they get.
fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.row(
        "event/set",
        "event-listener (boxed)",
        [3_000.0, 2_000.0, 4_000.0],
    );
    scene.row("queue/one_thread_capacity_1", "crossfire", [3_270.0; 3]);
    scene.row("queue/one_thread_capacity_1", "kanal", [5.0; 3]);
    scene.row("lock/uncontended", "tokio", [3_000.0, 2_000.0, 4_000.0]);
    scene.report().unwrap();
    scene
}

#[test]
fn each_picture_has_a_title_a_description_a_ground_and_a_dark_version() {
    let scene = scene();
    for name in names() {
        let text = picture(&scene, &name);
        let picture = Document::parse(&text).unwrap();
        let root = picture.root_element();
        assert_eq!(root.attribute("width"), Some("700"), "{name}");
        assert_eq!(root.attribute("role"), Some("img"), "{name}");
        let mut elements = root.children().filter(Node::is_element);
        for (tag, id) in [("title", "title"), ("desc", "description")] {
            let element = elements.next().unwrap();
            assert_eq!(
                (element.tag_name().name(), element.attribute("id")),
                (tag, Some(id))
            );
            assert!(element.text().unwrap().len() > 20, "{name}");
        }
        let style = elements.next().unwrap().text().unwrap();
        assert!(style.contains("prefers-color-scheme: dark"), "{name}");
        let sizes = style
            .split("px")
            .filter_map(|part| part.rsplit(' ').next()?.parse().ok());
        assert!(sizes.into_iter().all(|size: f64| size >= 12.0), "{name}");
        let ground = elements.next().unwrap();
        assert!(has_class(ground, "ground"), "{name}");
        assert_eq!(number(ground, "width"), 699.0, "{name}");
    }
}

#[test]
fn no_text_leaves_the_picture_or_hides_another() {
    let scene = scene();
    for name in names() {
        let text = picture(&scene, &name);
        let picture = Document::parse(&text).unwrap();
        let height = number(picture.root_element(), "height");
        let texts = picture
            .descendants()
            .filter(|node| node.has_tag_name("text"));
        let texts: Vec<_> = texts
            .map(|text| (extent(text), text.text().unwrap()))
            .collect();
        for (index, (one, words)) in texts.iter().enumerate() {
            let is_inside = one[0] > 0.0 && one[1] < 700.0 && one[3] < height;
            assert!(is_inside, "{name}: {words:?} leaves the picture: {one:?}");
            for (other, others) in &texts[..index] {
                assert!(!overlap(*one, *other), "{name}: {words:?} hides {others:?}");
            }
        }
    }
}

#[test]
fn no_mark_of_a_growth_chart_hides_another() {
    // All figures are the same, so all marks are at the same height.
    let scene = scene();
    for curve in growth() {
        let text = picture(&scene, &format!("growth-{curve}"));
        let picture = Document::parse(&text).unwrap();
        let marks = picture
            .descendants()
            .filter(|node| has_class(*node, "mark"));
        let marks: Vec<_> = marks
            .map(|mark| match mark.tag_name().name() {
                "circle" => {
                    let (x, y) = (number(mark, "cx"), number(mark, "cy"));
                    [x - 4.0, x + 4.0, y - 4.0, y + 4.0]
                }
                _ => {
                    let (x, y) = (number(mark, "x"), number(mark, "y"));
                    [x, x + 8.0, y, y + 8.0]
                }
            })
            .collect();
        assert_eq!(
            marks.len(),
            2 * 2 * 6 + 2,
            "a mark for each point, and two in the legend"
        );
        for (index, one) in marks.iter().enumerate() {
            assert!(
                marks[..index].iter().all(|other| !overlap(*one, *other)),
                "{curve}"
            );
        }
    }
}

/// Returns the names in each group of the short chart.
fn groups(scene: &Scene) -> Vec<Vec<String>> {
    let text = picture(scene, "chart");
    let picture = Document::parse(&text).unwrap();
    let mut groups: Vec<Vec<String>> = Vec::new();
    for node in picture
        .descendants()
        .filter(|node| node.has_tag_name("text"))
    {
        if has_class(node, "head") {
            groups.push(Vec::new());
        } else if has_class(node, "name") {
            groups
                .last_mut()
                .unwrap()
                .push(node.text().unwrap().to_owned());
        }
    }
    groups
}

#[test]
fn each_group_of_the_short_chart_begins_with_aiosync_and_tokio_and_has_the_fastest_peer() {
    for (group, fastest) in [
        ("lock/uncontended", "saa"),
        ("semaphore/handed_off", "asyncband"),
        ("queue/one_thread_capacity_1", "crossfire"),
        ("queue/two_threads_1_to_1", "tokio"),
    ] {
        let mut scene = Scene::new();
        scene.row(group, fastest, [5.0; 3]);
        scene.report().unwrap();
        let groups = groups(&scene);
        assert_eq!(groups.len(), SHORT.len());
        for (names, (here, known)) in groups.iter().zip(SHORT) {
            assert_eq!(names[..2], [OURS, "tokio"], "{here}");
            assert_eq!(names.len(), 5, "{here}");
            assert!(names.iter().any(|name| name == known), "{here}");
            if here == group {
                assert!(
                    names.iter().any(|name| name == fastest),
                    "{here}: {names:?}"
                );
            }
        }
        let text = picture(&scene, "chart");
        assert!(text.contains(">5.00 ns, faster</text>"), "{text}");
        assert!(text.contains("an abacus, 2 processors, rustc 1, 2000-01-01, commit c0ffee."));
    }
}

#[test]
fn bars_are_as_long_as_their_times_unless_one_is_cut() {
    let mut scene = Scene::new();
    scene.row("barrier/one_thread_2_tasks", "tokio", [20.0; 3]);
    scene.row("barrier/one_thread_32_tasks", "tokio", [400.0; 3]);
    scene.report().unwrap();
    let text = picture(&scene, "bars-barrier");
    let picture = Document::parse(&text).unwrap();
    let bars = picture.descendants().filter(|node| {
        node.has_tag_name("rect") && (has_class(*node, "other") || has_class(*node, "ours"))
    });
    let widths: Vec<_> = bars.map(|bar| number(bar, "width")).collect();
    let [ours, tokio, others @ ..] = &widths[..6] else {
        panic!("six bars in a group");
    };
    assert_eq!((*ours, *tokio, others), (85.0, 170.0, &[340.0; 4][..]));
    let mut second = widths[6..12].to_vec();
    second.sort_by(f64::total_cmp);
    assert_eq!(second, [60.7, 242.9, 242.9, 242.9, 242.9, 340.0]);
    let cuts = picture.descendants().filter(|node| has_class(*node, "cut"));
    assert_eq!(cuts.count(), 2, "one bar is cut by two lines");
    assert!(
        text.contains(">400 ns</text>"),
        "its figure is that of the whole bar"
    );
}
