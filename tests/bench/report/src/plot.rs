//! The report as a picture: a bar for each peer, as long as its ratio to the baseline.

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::table::{Results, Row, Table};

/// What goes wrong while drawing.
pub type Error = Box<dyn std::error::Error>;

/// Who the tables that are drawn compare the others with.
const BY_HAND: &str = "by hand";

const WIDTH: i32 = 960;
const LEFT: i32 = 380;
const RIGHT: i32 = 60;
const TITLE: i32 = 34;
const BAR: i32 = 11;
const GAP: i32 = 9;
const LEGEND: i32 = 40;
/// Longer bars are cut off.
const MOST: f64 = 4.0;

const COLORS: [RGBColor; 8] = [
    RGBColor(120, 120, 120),
    RGBColor(222, 110, 20),
    RGBColor(60, 120, 190),
    RGBColor(70, 160, 90),
    RGBColor(150, 95, 170),
    RGBColor(190, 170, 60),
    RGBColor(90, 90, 60),
    RGBColor(200, 90, 110),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws every table that compares with what was written by hand; none if no such table was measured.
///
/// # Errors
/// If it cannot be drawn.
pub fn draw(results: &Results) -> Result<Option<String>, Error> {
    let tables: Vec<&Table> = results.tables.iter().filter(|table| table.group.baseline == BY_HAND).collect();
    if tables.is_empty() {
        return Ok(None);
    }
    let mut svg = String::new();
    let peers = peers(&tables);
    let height = LEGEND + tables.iter().copied().map(height).sum::<i32>() + GAP;
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH.unsigned_abs(), height.unsigned_abs()))
            .into_drawing_area();
        area.fill(&WHITE)?;
        legend(&area, &peers)?;
        let mut top = LEGEND;
        for table in tables {
            draw_table(&area, table, &peers, top)?;
            top += self::height(table);
        }
        area.present()?;
    }
    Ok(Some(svg))
}

/// Those of all tables, each with a color of its own.
fn peers(tables: &[&Table]) -> Vec<String> {
    let mut peers: Vec<String> = Vec::new();
    for peer in tables.iter().flat_map(|table| &table.peers) {
        if !peers.contains(peer) {
            peers.push(peer.clone());
        }
    }
    peers
}

fn color(peers: &[String], peer: &str) -> RGBColor {
    let place = peers.iter().position(|known| known == peer).unwrap_or_default();
    COLORS[place % COLORS.len()]
}

fn height(table: &Table) -> i32 {
    TITLE + table.rows.iter().map(row_height).sum::<i32>()
}

fn row_height(row: &Row) -> i32 {
    i32::try_from(row.cells.len()).unwrap_or_default() * BAR + GAP
}

fn legend(area: &Area<'_>, peers: &[String]) -> Result<(), Error> {
    let mut left = 20;
    for peer in peers {
        area.draw(&Rectangle::new([(left, 14), (left + 12, 26)], color(peers, peer).filled()))?;
        text(area, peer, (left + 17, 20), 13, HPos::Left)?;
        left += 40 + i32::try_from(peer.chars().count()).unwrap_or_default() * 7;
    }
    Ok(())
}

fn draw_table(area: &Area<'_>, table: &Table, peers: &[String], top: i32) -> Result<(), Error> {
    let title = format!("{} (ratio to {}; shorter is better)", table.group.group, table.group.baseline);
    text(area, &title, (20, top + TITLE / 2), 15, HPos::Left)?;
    let bottom = top + height(table) - GAP / 2;
    let one = LEFT + length(1.0);
    let mut row_top = top + TITLE;
    for row in &table.rows {
        draw_row(area, table, row, peers, row_top)?;
        row_top += row_height(row);
    }
    area.draw(&PathElement::new([(one, top + TITLE - 4), (one, bottom)], BLACK.mix(0.5)))?;
    Ok(())
}

fn draw_row(area: &Area<'_>, table: &Table, row: &Row, peers: &[String], top: i32) -> Result<(), Error> {
    let middle = top + (row_height(row) - GAP) / 2;
    text(area, &format!("{}, {}", row.shape, row.size), (LEFT - 8, middle), 12, HPos::Right)?;
    let mut top = top;
    for (place, peer) in table.peers.iter().enumerate() {
        let Some(ratio) = table.ratio(row, place) else { continue };
        let end = LEFT + length(ratio.min(MOST));
        area.draw(&Rectangle::new([(LEFT, top), (end, top + BAR - 2)], color(peers, peer).filled()))?;
        let stopped = table.cell(row, place).is_some_and(|taken| taken.unfinished.is_some());
        let more = if stopped || ratio > MOST { " →" } else { "" };
        text(area, &format!("{ratio:.2}{more}"), (end + 4, top + BAR / 2), 10, HPos::Left)?;
        top += BAR;
    }
    Ok(())
}

fn length(ratio: f64) -> i32 {
    (ratio / MOST * f64::from(WIDTH - LEFT - RIGHT)) as i32
}

fn text(area: &Area<'_>, words: &str, at: (i32, i32), size: i32, side: HPos) -> Result<(), Error> {
    let style = TextStyle::from(("sans-serif", size).into_font()).pos(Pos::new(side, VPos::Center));
    area.draw(&Text::new(words.to_owned(), at, style))?;
    Ok(())
}
