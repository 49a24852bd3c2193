//! Tables that spreadsheets open (RFC 4180).

/// One line of a table. No cell can become a formula in a spreadsheet.
pub fn line(separator: char, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> =
        cells.map(|cell| format!("\"{}\"", harmless(&cell).replace('"', "\"\""))).collect();
    format!("{}\r\n", cells.join(separator.encode_utf8(&mut [0; 4])))
}

/// A cell that begins like a formula begins with an apostrophe instead, and what would be one behind a separator too: some
/// spreadsheets separate at a semicolon or a comma whatever the table says, quotes or not.
fn harmless(cell: &str) -> String {
    let first = cell.chars().find(|c| !c.is_whitespace() || matches!(c, '\t' | '\r' | '\n'));
    let formula =
        matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'));
    let cell = apart(&cell.replace(';', ","));
    if formula { format!("'{cell}") } else { cell }
}

/// An apostrophe between a comma and what is like a formula behind it.
fn apart(cell: &str) -> String {
    let mut apart = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some((before, after)) = rest.split_once(',') {
        apart.push_str(before);
        apart.push(',');
        if after.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
            apart.push('\'');
        }
        rest = after;
    }
    apart + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_two_cells() {
        let cells = ["=1+1", " @x", "a;b", "say \"hi\"", "-"].map(str::to_owned);
        assert_eq!(line(';', cells.into_iter()), "\"'=1+1\";\"' @x\";\"a,b\";\"say \"\"hi\"\"\";\"'-\"\r\n");
        for cell in ["@SUM(1)", "\r=1", " =1", "－1"] {
            assert!(harmless(cell).starts_with('\''), "{cell:?}");
        }
        assert_eq!(harmless("550 no"), "550 no");
        assert_eq!(harmless("x,=cmd|' /C calc'!A0,y; @z"), "x,'=cmd|' /C calc'!A0,y,' @z");
    }
}
