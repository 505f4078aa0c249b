//! What is searched for: words that all have to be there, phrases, words that must not be there.

/// A search as a person types it. Nothing typed is an error: `C++`, `50%` and `don't` are words like any other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// What is looked for.
    pub terms: Vec<Term>,
}

/// One thing that has to be, or must not be, in a record's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// A word, or several words in a row.
    pub words: String,
    /// Whether a longer word that begins so is found too.
    pub begins: bool,
    /// Whether it must not be there.
    pub not: bool,
}

/// The most words of a search, those inside quotes counted too.
pub const MOST_WORDS: usize = 100;
/// The most bytes of a search.
pub const MOST_BYTES: usize = 4_000;

impl Search {
    /// Reads a search that somebody asks for.
    ///
    /// # Errors
    /// In words, where it has more than [`MOST_WORDS`] words or [`MOST_BYTES`] bytes: the index takes a time that grows
    /// with their square.
    pub fn asked(text: &str) -> Result<Self, String> {
        let words = text.split_whitespace().count();
        if words > MOST_WORDS {
            return Err(format!("a search has at most {MOST_WORDS} words, and this has {words}"));
        }
        if text.len() > MOST_BYTES {
            return Err(format!("a search has at most {MOST_BYTES} bytes, and this has {}", text.len()));
        }
        Ok(Self::parse(text))
    }

    /// Reads a search: words in any order, `"several in a row"`, `-without`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut terms = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let minus =
                rest.strip_prefix('-').filter(|after| after.starts_with(|c: char| c == '"' || c.is_alphanumeric()));
            let body = minus.unwrap_or(rest);
            let (words, quoted, after) = if let Some(inner) = body.strip_prefix('"') {
                let (words, after) = inner.split_once('"').unwrap_or((inner, ""));
                (words, true, after)
            } else {
                let end = body.find(char::is_whitespace).unwrap_or(body.len());
                (&body[..end], false, &body[end..])
            };
            if !words.trim().is_empty() {
                terms.push(Term { words: words.trim().to_owned(), begins: !quoted, not: minus.is_some() });
            }
            rest = after.trim_start();
        }
        Self { terms }
    }

    /// The words to mark in a text that was found.
    #[must_use]
    pub fn marks(&self) -> Vec<String> {
        self.terms.iter().filter(|term| !term.not).map(|term| term.words.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Search;

    fn check(text: &str, terms: &str) {
        let shown: Vec<String> = Search::parse(text)
            .terms
            .iter()
            .map(|term| {
                let end = if term.begins { "…" } else { "" };
                format!("{}{}{end}", if term.not { "not " } else { "" }, term.words)
            })
            .collect();
        assert_eq!(shown.join(" | "), terms, "{text}");
    }

    #[test]
    fn a_search_is_bounded_and_says_so() {
        assert!(Search::asked(&"a ".repeat(100)).is_ok());
        let why = Search::asked(&"a ".repeat(3_000)).unwrap_err();
        assert_eq!(why, "a search has at most 100 words, and this has 3000");
        assert!(Search::asked(&format!("\"{}\"", "a ".repeat(101))).is_err());
        assert!(Search::asked(&"a".repeat(4_001)).is_err());
    }

    #[test]
    fn whatever_is_typed_is_a_search() {
        check("lamp  broken", "lamp… | broken…");
        check("\"two weeks\" -refund", "two weeks | not refund…");
        check("C++ 50% a-b don't -", "C++… | 50%… | a-b… | don't… | -…");
        check("-\"no way\" \"open", "not no way | open");
        check("  ", "");
        check("\"\"", "");
    }
}
