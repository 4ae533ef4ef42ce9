//! `testvectors/CLAUSES.md`: a table for each RFC.

use std::fmt::Write as _;

use super::{Cases, Clause, Document};

/// Creates the page of all clauses in Markdown.
pub(crate) fn page(documents: &[Document], cases: &Cases) -> String {
    let mut page = String::from(HEAD);
    let mut total = Counts::default();
    page.push_str("| RFC | clauses | with cases | not applicable |\n|---|---:|---:|---:|\n");
    for document in documents {
        let counts = Counts::of(document);
        let short = document.short();
        let anchor = short.to_lowercase().replace(' ', "-");
        let shown = short.strip_prefix("RFC ").unwrap_or(&short);
        writeln!(page, "| [{shown}](#{anchor}) {} {}", document.title, counts.cells()).expect(TEXT);
        total = total.plus(counts);
    }
    writeln!(page, "| all {}", total.cells()).expect(TEXT);
    for document in documents {
        let (short, title, link) = (document.short(), &document.title, document.link(None));
        writeln!(page, "\n## {short}\n\n[{title}]({link})\n").expect(TEXT);
        page.push_str("| § | level | binds | requirement | cases |\n|---|---|---|---|---|\n");
        for clause in &document.clauses {
            writeln!(page, "{}", clause.row(&document.link(Some(&clause.section)), cases))
                .expect(TEXT);
        }
    }
    page
}

impl Clause {
    fn row(&self, link: &str, cases: &Cases) -> String {
        let Clause { section, level, binds, text, .. } = self;
        let note = self.note.iter().map(|note| format!("<br>*{note}*")).collect::<String>();
        let shown = match &self.not_applicable {
            Some(reason) => format!("Does not apply: {reason}"),
            None => self.shown(cases),
        };
        format!("| [{section}]({link}) | {level} | {binds} | {text}{note} | {shown} |")
    }

    /// The refused cases, then the accepted ones, each with its file.
    fn shown(&self, cases: &Cases) -> String {
        let list = |title: &str, wanted: bool| {
            let links: Vec<String> = self
                .vectors
                .iter()
                .flatten()
                .filter_map(|id| cases.by_id.get(id).map(|known| (id, known)))
                .filter(|(_, known)| known.accepted == wanted)
                .map(|(id, known)| format!("[`{id}`]({}.json)", known.category))
                .collect();
            (!links.is_empty()).then(|| format!("{title}: {}", links.join(", ")))
        };
        let lists = [list("refused", false), list("accepted", true)];
        lists.into_iter().flatten().collect::<Vec<String>>().join("<br>")
    }
}

impl Document {
    /// Where it is, or where one of its sections is if that has a place of its own.
    fn link(&self, section: Option<&str>) -> String {
        match (self.rfc, section, &self.url) {
            (Some(rfc), Some(section), _) => format!("{RFC_EDITOR}{rfc}#section-{section}"),
            (Some(rfc), None, _) => format!("{RFC_EDITOR}{rfc}"),
            (None, _, url) => url.clone().unwrap_or_default(),
        }
    }
}

#[derive(Default)]
struct Counts {
    clauses: usize,
    with_cases: usize,
}

impl Counts {
    fn of(document: &Document) -> Counts {
        let with_cases = document.clauses.iter().filter(|clause| clause.vectors.is_some()).count();
        Counts { clauses: document.clauses.len(), with_cases }
    }

    fn plus(self, other: Counts) -> Counts {
        Counts {
            clauses: self.clauses + other.clauses,
            with_cases: self.with_cases + other.with_cases,
        }
    }

    fn cells(&self) -> String {
        let Counts { clauses, with_cases } = self;
        format!("| {clauses} | {with_cases} | {} |", clauses - with_cases)
    }
}

const RFC_EDITOR: &str = "https://www.rfc-editor.org/rfc/rfc";

const TEXT: &str = "a string accepts text";

const HEAD: &str = "\
<!-- Written by the generator from generator/clauses/*.toml; change those instead. -->

# Clauses

Every sentence of 13 RFCs, of JARM, and of OpenID Connect's validation of ID tokens and logout tokens, that
affects whether a token is accepted, with the cases that show that verijot follows it, or the reason why
no case can. The sentences are in our own words; only the specification is binding.

- *level* is the word of RFC 2119 in the sentence; RULE is a requirement without such a word.
- *binds* says whom the sentence addresses. A sentence that binds a producer of tokens or keys is listed if
  a verifier can detect a violation.
- *cases* are ids, each with its file. Accepted cases show that the rule is not followed by refusing everything.
- Text in italics says where verijot is stricter or laxer than the sentence, or what the cases do
  not show.

The generator refuses to write this page if a case does not exist or has another verdict than its
clause says, if a clause has neither cases nor a reason, or if a case cites a section of these
specifications that has no clause.

";
