//! Parses stories.

/// One step.
pub struct Line {
    pub text: String,
    /// Counted from 1.
    pub number: usize,
}

/// The life of one socket.
pub struct Story {
    pub title: String,
    pub lines: Vec<Line>,
}

/// Returns the stories of a file.
pub fn parse(content: &str) -> Vec<Story> {
    let mut stories: Vec<Story> = Vec::new();
    for (index, text) in content.lines().enumerate() {
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match text.strip_prefix("story: ") {
            Some(title) => stories.push(Story { title: title.to_owned(), lines: Vec::new() }),
            None => {
                let lines = &mut stories.last_mut().expect("a story").lines;
                lines.push(Line { text: text.to_owned(), number: index + 1 });
            }
        }
    }
    stories.into_iter().flat_map(repeat).collect()
}

/// Returns the story once for each value if it begins with `for each`.
fn repeat(story: Story) -> Vec<Story> {
    let Some(each) = story.lines[0].text.strip_prefix("for each ") else { return vec![story] };
    let (name, values) = each.split_once(": ").expect("a name and values");
    let fill = |value: &str| Story {
        title: story.title.replace(name, value),
        lines: story.lines[1..]
            .iter()
            .map(|line| Line { text: line.text.replace(name, value), number: line.number })
            .collect(),
    };
    values.split(' ').map(fill).collect()
}

/// Returns the line without its tag; `None` if the tag excludes Rust.
pub fn meant(text: &str) -> Option<&str> {
    let Some((tag, rest)) = text.strip_prefix('[').and_then(|text| text.split_once("] ")) else {
        return Some(text);
    };
    match tag {
        "Rust" | "ours" => Some(rest),
        "JavaScript" => None,
        _ => panic!("unknown: {text}"),
    }
}
