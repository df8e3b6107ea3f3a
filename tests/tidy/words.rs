//! Words for people lie in the words' own files, so that another language is another set of them. A small reader of Rust's
//! source finds texts anywhere else that read like words.

use std::fs;

use super::{files_under, root};

/// Where words belong: the window's, the engine's, and the table of actions.
const WORDS: &[&str] = &["src/ui/text/", "src/engine/words/", "src/ui/action.rs"];

/// Names are the same in every language: the program's, and its font's, by which the files of the font are found.
const NAMES: &[&str] = &["Albumen", "Inter", "Inter SemiBold"];

/// Nobody reads these: they tell one place of the window from another.
const PLACES: &[&str] = &[
    "faces {:?}",
    "first faces",
    "found {}",
    "merge into",
    "person {place}",
    "photos of {place}",
    "to look at",
    "which name",
];

/// What is said to whoever mends the program, never to whoever uses it.
const MACROS: &[&str] =
    &["assert", "assert_eq", "assert_ne", "debug_assert", "debug_assert_eq", "debug_assert_ne", "panic", "unreachable"];

/// What stands in a source file; comments are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Word(String),
    Text(String),
    Sign(char),
}

/// Reads from left to right.
struct Reader {
    letters: Vec<char>,
    at: usize,
    line: usize,
}

impl Reader {
    fn ahead(&self, by: usize) -> Option<char> {
        self.letters.get(self.at + by).copied()
    }

    fn take(&mut self) -> Option<char> {
        let letter = self.ahead(0)?;
        self.at += 1;
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(letter) = self.ahead(0).filter(|letter| fits(*letter)) {
            taken.push(letter);
            self.take();
        }
        taken
    }

    /// The next piece, and its line; nothing at the end.
    fn piece(&mut self) -> Option<(usize, Piece)> {
        loop {
            let line = self.line;
            let piece = match (self.ahead(0)?, self.ahead(1)) {
                ('/', Some('/')) => {
                    self.take_while(|letter| letter != '\n');
                    continue;
                }
                ('/', Some('*')) => {
                    self.comment();
                    continue;
                }
                ('"', _) => {
                    self.take();
                    Piece::Text(self.text())
                }
                ('\'', _) => {
                    self.quote();
                    Piece::Sign('\'')
                }
                (letter, _) if letter.is_alphanumeric() || letter == '_' => self.word(),
                (letter, _) => {
                    self.take();
                    if letter.is_whitespace() {
                        continue;
                    }
                    Piece::Sign(letter)
                }
            };
            return Some((line, piece));
        }
    }

    /// A comment between `/*` and `*/`, with others in it.
    fn comment(&mut self) {
        let mut depth = 0;
        while let Some(letter) = self.take() {
            match (letter, self.ahead(0)) {
                ('/', Some('*')) => depth += 1,
                ('*', Some('/')) => depth -= 1,
                _ => continue,
            }
            self.take();
            if depth == 0 {
                return;
            }
        }
    }

    /// A letter in single quotes, or a lifetime's sign.
    fn quote(&mut self) {
        self.take();
        match (self.ahead(0), self.ahead(1)) {
            (Some('\\'), _) => {
                self.take();
                self.take();
                self.take_while(|letter| letter != '\'');
                self.take();
            }
            (Some(_), Some('\'')) => {
                self.take();
                self.take();
            }
            _ => {}
        }
    }

    /// A word, or the text that it is the prefix of.
    fn word(&mut self) -> Piece {
        let word = self.take_while(|letter| letter.is_alphanumeric() || letter == '_');
        let hashes = self.letters.iter().skip(self.at).take_while(|letter| **letter == '#').count();
        if self.ahead(hashes) != Some('"') {
            return Piece::Word(word);
        }
        match word.as_str() {
            "b" | "c" if hashes == 0 => {
                self.take();
                Piece::Text(self.text())
            }
            "r" | "br" | "cr" => Piece::Text(self.raw(hashes)),
            _ => Piece::Word(word),
        }
    }

    /// A raw text, from its hashes on.
    fn raw(&mut self, hashes: usize) -> String {
        for _ in 0..=hashes {
            self.take();
        }
        let mut text = String::new();
        while let Some(letter) = self.take() {
            if letter == '"' && (0..hashes).all(|by| self.ahead(by) == Some('#')) {
                for _ in 0..hashes {
                    self.take();
                }
                return text;
            }
            text.push(letter);
        }
        text
    }

    /// A text, from behind its first quote on.
    fn text(&mut self) -> String {
        let mut text = String::new();
        while let Some(letter) = self.take() {
            match letter {
                '"' => return text,
                '\\' => match self.take() {
                    Some('\n') => drop(self.take_while(char::is_whitespace)),
                    Some('n' | 't') => text.push('\n'),
                    Some('u') => {
                        self.take_while(|letter| letter != '}');
                        self.take();
                        text.push('\u{fffd}');
                    }
                    Some(other) => text.push(other),
                    None => return text,
                },
                letter => text.push(letter),
            }
        }
        text
    }
}

fn pieces(source: &str) -> Vec<(usize, Piece)> {
    let mut reader = Reader { letters: source.chars().collect(), at: 0, line: 1 };
    std::iter::from_fn(|| reader.piece()).collect()
}

/// The pieces of a source file, and questions about them.
struct Source(Vec<(usize, Piece)>);

impl Source {
    fn is_sign(&self, at: usize, sign: char) -> bool {
        self.0.get(at).is_some_and(|(_, piece)| *piece == Piece::Sign(sign))
    }

    fn word(&self, at: usize) -> Option<&str> {
        match self.0.get(at) {
            Some((_, Piece::Word(word))) => Some(word),
            _ => None,
        }
    }

    /// The place behind the bracket that closes the one at a place.
    fn behind(&self, at: usize) -> usize {
        let mut depth = 0;
        for (place, (_, piece)) in self.0.iter().enumerate().skip(at) {
            match piece {
                Piece::Sign('(' | '[' | '{') => depth += 1,
                Piece::Sign(')' | ']' | '}') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return place + 1;
            }
        }
        self.0.len()
    }

    /// The place behind an attribute, and behind all of it that is for tests alone. What an error says is no such place.
    fn behind_attribute(&self, at: usize) -> Option<usize> {
        let bracket = at + 1 + usize::from(self.is_sign(at + 1, '!'));
        if !self.is_sign(at, '#') || !self.is_sign(bracket, '[') || self.word(bracket + 1) == Some("error") {
            return None;
        }
        let mut end = self.behind(bracket);
        let is_test = self.word(bracket + 1) == Some("cfg") && self.word(bracket + 3) == Some("test");
        if is_test && self.is_sign(bracket + 4, ')') {
            while end < self.0.len() && !self.is_sign(end, ';') && !self.is_sign(end, '{') {
                let opens = self.is_sign(end, '(') || self.is_sign(end, '[');
                end = if opens { self.behind(end) } else { end + 1 };
            }
            end = if self.is_sign(end, '{') { self.behind(end) } else { end + 1 };
        }
        Some(end)
    }

    /// The place behind something that is not said to whoever uses the program: a message of the log or of a mistake, the
    /// reason of an `expect`, the name of a place of the window.
    fn behind_unspoken(&self, at: usize) -> Option<usize> {
        let word = self.word(at)?;
        let after = |sign: char| at > 0 && self.is_sign(at - 1, sign);
        let path = if after(':') { at.checked_sub(3).and_then(|place| self.word(place)) } else { None };
        // An error before there is a window is the command line's, in its words.
        let is_macro =
            self.is_sign(at + 1, '!') && (MACROS.contains(&word) || matches!(path, Some("tracing" | "anyhow")));
        let is_call = word == "expect" && after('.') || word == "unique" && path == Some("Id");
        if is_macro {
            Some(self.behind(at + 2))
        } else if is_call && self.is_sign(at + 1, '(') {
            Some(self.behind(at + 1))
        } else {
            None
        }
    }

    /// Texts that may be read by whoever uses the program, and their lines.
    fn spoken(&self) -> Vec<(usize, &str)> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some((line, piece)) = self.0.get(at) {
            if let Some(end) = self.behind_attribute(at).or_else(|| self.behind_unspoken(at)) {
                at = end;
                continue;
            }
            if let Piece::Text(text) = piece {
                found.push((*line, text.as_str()));
            }
            at += 1;
        }
        found
    }
}

/// Whether a text reads like words for a person: two words, one word beside something that is filled in, or one that begins
/// like a sentence.
fn reads_like_words(text: &str) -> bool {
    let mut letters = text.chars();
    let begins = letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase);
    // What is filled in stands where a word may stand.
    let mut plain = String::new();
    let mut depth = 0;
    for letter in text.chars() {
        match letter {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                plain.push('\0');
            }
            letter if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    let is_word = |part: &str| part.chars().filter(|letter| letter.is_alphabetic()).count() > 1;
    let stands = |part: &str| part.contains(|letter: char| letter.is_alphabetic() || letter == '\0');
    let parts: Vec<&str> = plain.split_whitespace().collect();
    let beside = |pair: &[&str]| stands(pair[0]) && stands(pair[1]) && pair.iter().any(|part| is_word(part));
    begins || parts.windows(2).any(beside)
}

#[test]
fn the_reader_finds_texts_and_what_reads_like_words() {
    let source = r##"
        //! "In a comment"
        #[doc = "In an attribute"]
        fn a<'a>(b: &'a str) -> char { /* "One /* in */ another" */ say("Said to you", '"', '\'', 'x'); }
        const LONG: &str = "in two lines \
            of source";
        let raw = r#"a "raw" text"#; let bytes = b"some bytes";
        tracing::warn!("the log says: {error}"); error!("not the log's");
        one.expect("a good reason"); two.unwrap_or("no good reason");
        assert!(fine, "not {fine}"); panic!("a mistake");
        Id::unique(("the place of", 1)); other::unique("another thing");
        #[cfg(test)]
        use one::{self, two};
        #[cfg(test)]
        #[allow(dead_code, reason = "for tests")]
        mod tests { fn c() { say("In a test"); } }
        #[cfg(unix)]
        fn d() { say("On some systems"); }
        #[error("an error says")] struct E;
    "##;
    let found = Source(pieces(source));
    let expected = [
        (4, "Said to you"),
        (5, "in two lines of source"),
        (7, "a \"raw\" text"),
        (7, "some bytes"),
        (8, "not the log's"),
        (9, "no good reason"),
        (11, "another thing"),
        (18, "On some systems"),
        (19, "an error says"),
    ];
    assert_eq!(found.spoken(), expected);
    let words =
        ["Faces", "two words", "{} faces", ", {number} selected", "{a} of {b}", "a dot", "Is this {whom} too?", "Čas"];
    assert!(words.iter().all(|text| reads_like_words(text)), "{words:?}");
    let others = ["", "✓", "·", " · ", "faces", "{} {}", "{first}–{last}", "{}: {}", "CUDA", "a {}", "map.png"];
    let taken: Vec<&&str> = others.iter().filter(|text| reads_like_words(text)).collect();
    assert!(taken.is_empty(), "{taken:?}");
}

#[test]
fn words_lie_in_the_words_files() {
    let mut files = files_under(&root().join("src/ui"), ".rs");
    files.extend(files_under(&root().join("src/engine"), ".rs"));
    files.push(root().join("src/window.rs"));
    let mut wrong = Vec::new();
    for file in files {
        let path = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        if WORDS.iter().any(|place| path.starts_with(place)) {
            continue;
        }
        let source = Source(pieces(&fs::read_to_string(&file).unwrap()));
        for (line, text) in source.spoken() {
            if reads_like_words(text) && !NAMES.contains(&text) && !PLACES.contains(&text) {
                wrong.push(format!("{path}:{line}: {text:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "words belong in src/ui/text or src/engine/words:\n{}", wrong.join("\n"));
}
