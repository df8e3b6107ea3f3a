//! XMP sidecars: MWG regions, Microsoft people tags, and the tag lists of digiKam, Lightroom and IPTC.
//!
//! Facts: MWG 2.0 section 5.9 (areas describe the stored pixels, centre and size from 0 to 1), exiftool's `MWG.pm`,
//! digiKam's and Immich's readers (FIELD.md section 4).

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::FaceBox;

/// A named face of a photo.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Whose face; regions without a name are never written, some readers stop at them.
    pub name: String,
    /// In pixels of the upright photo.
    pub bounds: FaceBox,
}

/// Whether a sidecar was written by this program, so that it may be replaced.
#[must_use]
pub fn is_ours(text: &str) -> bool {
    text.contains(TOOLKIT)
}

/// A sidecar for a photo of this upright size, whose stored pixels have this EXIF orientation (1 to 8). Every reader's
/// form is in it; regions are clipped to the frame, and dropped when nothing is left. `None` without any region: an empty
/// list would say that there are no faces.
#[must_use]
pub fn sidecar(regions: &[Region], (width, height): (u32, u32), orientation: u8) -> Option<String> {
    let turned = orientation >= 5;
    let (stored_width, stored_height) = if turned { (height, width) } else { (width, height) };
    let regions: Vec<(String, [f64; 4])> = regions
        .iter()
        .filter_map(|region| {
            let name = clean(&region.name);
            let area = stored_area(&region.bounds, (width, height), orientation)?;
            (!name.is_empty()).then_some((name, area))
        })
        .collect();
    if regions.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = regions.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut text = String::from(HEAD);
    // The last is the sign between a tag and the tag above it, which no name may hold.
    let tags = [
        ("dc:subject", "rdf:Bag", "", None),
        ("lr:hierarchicalSubject", "rdf:Bag", "People|", Some("|")),
        ("digiKam:TagsList", "rdf:Seq", "People/", Some("/")),
        ("Iptc4xmpExt:PersonInImage", "rdf:Bag", "", None),
    ];
    for (property, list, before, sign) in tags {
        let tag = |name: &&str| sign.map_or((*name).to_owned(), |sign| name.replace(sign, "-"));
        let items: Vec<String> = names.iter().map(|name| format!("<rdf:li>{before}{}</rdf:li>", tag(name))).collect();
        let items = items.concat();
        line(&mut text, &format!("   <{property}><{list}>{items}</{list}></{property}>"));
    }
    line(&mut text, "   <mwg-rs:Regions rdf:parseType=\"Resource\">");
    line(&mut text, "    <mwg-rs:AppliedToDimensions rdf:parseType=\"Resource\">");
    line(
        &mut text,
        &format!(
            "     <stDim:w>{stored_width}</stDim:w><stDim:h>{stored_height}</stDim:h><stDim:unit>pixel</stDim:unit>"
        ),
    );
    line(&mut text, "    </mwg-rs:AppliedToDimensions>");
    line(&mut text, "    <mwg-rs:RegionList><rdf:Bag>");
    for (name, [x, y, w, h]) in &regions {
        line(&mut text, "     <rdf:li rdf:parseType=\"Resource\">");
        line(&mut text, &format!("      <mwg-rs:Name>{name}</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type>"));
        line(
            &mut text,
            &format!(
                "      <mwg-rs:Area rdf:parseType=\"Resource\"><stArea:x>{x:.6}</stArea:x><stArea:y>{y:.6}</stArea:y>\
                 <stArea:w>{w:.6}</stArea:w><stArea:h>{h:.6}</stArea:h><stArea:unit>normalized</stArea:unit></mwg-rs:Area>"
            ),
        );
        line(&mut text, "     </rdf:li>");
    }
    line(&mut text, "    </rdf:Bag></mwg-rs:RegionList>\n   </mwg-rs:Regions>");
    line(&mut text, "   <MP:RegionInfo rdf:parseType=\"Resource\"><MPRI:Regions><rdf:Bag>");
    for (name, [x, y, w, h]) in &regions {
        // Rounding may lead a little out of the frame, which would be written as -0.
        let (left, top) = ((x - w / 2.0).max(0.0), (y - h / 2.0).max(0.0));
        line(
            &mut text,
            &format!(
                "     <rdf:li rdf:parseType=\"Resource\"><MPReg:Rectangle>{left:.6}, {top:.6}, {w:.6}, {h:.6}</MPReg:Rectangle>\
                 <MPReg:PersonDisplayName>{name}</MPReg:PersonDisplayName></rdf:li>"
            ),
        );
    }
    line(&mut text, "    </rdf:Bag></MPRI:Regions></MP:RegionInfo>");
    text.push_str(TAIL);
    Some(text)
}

/// How a sidecar of this program says so, in the attribute XMP has for it.
const TOOLKIT: &str = "x:xmptk=\"Albumen\"";

const HEAD: &str = r#"<?xpacket begin="﻿" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Albumen">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
    xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
    xmlns:MP="http://ns.microsoft.com/photo/1.2/"
    xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
    xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#">
"#;

const TAIL: &str = "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>\n";

fn line(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    writeln!(text, "{line}").ok();
}

/// On one line, trimmed, one Unicode form, safe in XML.
fn clean(name: &str) -> String {
    let mut text = String::new();
    // XML knows no control characters, and no U+FFFE and U+FFFF; line breaks and tabs among them part words.
    let known = |c: &char| !c.is_control() && !('\u{fffe}'..='\u{ffff}').contains(c);
    let parts = name.split(|c: char| c.is_whitespace() && c.is_control());
    let parts = parts.map(|part| part.chars().filter(known).collect::<String>().trim().to_owned());
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    for c in parts.join(" ").nfc() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            c => text.push(c),
        }
    }
    text
}

/// Centre and size from 0 to 1 in the frame of the stored pixels.
fn stored_area(bounds: &FaceBox, (width, height): (u32, u32), orientation: u8) -> Option<[f64; 4]> {
    let (full_width, full_height) = (f64::from(width), f64::from(height));
    let (left, top) = (f64::from(bounds.x).max(0.0), f64::from(bounds.y).max(0.0));
    let right = (f64::from(bounds.x) + f64::from(bounds.width)).min(full_width);
    let bottom = (f64::from(bounds.y) + f64::from(bounds.height)).min(full_height);
    if right <= left || bottom <= top {
        return None;
    }
    let (x, y) = (f64::midpoint(left, right) / full_width, f64::midpoint(top, bottom) / full_height);
    let (w, h) = ((right - left) / full_width, (bottom - top) / full_height);
    Some(match orientation {
        2 => [1.0 - x, y, w, h],
        3 => [1.0 - x, 1.0 - y, w, h],
        4 => [x, 1.0 - y, w, h],
        5 => [y, x, h, w],
        6 => [y, 1.0 - x, h, w],
        7 => [1.0 - y, 1.0 - x, h, w],
        8 => [1.0 - y, x, h, w],
        _ => [x, y, w, h],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_real_digikam_file() {
        // MWG centre (0.336604, 0.444444) and MP top left (0.276647, 0.351098) describe the same box.
        let (w, h) = (4128.0f64, 3096.0f64);
        let bounds = FaceBox::new(
            (0.276_647_5 * w) as f32,
            (0.351_097_5 * h) as f32,
            (0.119_913 * w) as f32,
            (0.186_693 * h) as f32,
        );
        let text = sidecar(&[Region { name: "Ann".into(), bounds }], (4128, 3096), 1).unwrap();
        for part in [
            "<stDim:w>4128</stDim:w><stDim:h>3096</stDim:h>",
            "<stArea:x>0.336604</stArea:x><stArea:y>0.444444</stArea:y><stArea:w>0.119913</stArea:w><stArea:h>0.186693</stArea:h>",
            ", 0.119913, 0.186693</MPReg:Rectangle>",
            "<rdf:li>People|Ann</rdf:li>",
            "<rdf:li>People/Ann</rdf:li>",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn orientations_follow_the_test_vectors() {
        // Upright centre (0.2, 0.3), size (0.2, 0.4).
        let bounds = FaceBox::new(100.0, 100.0, 200.0, 400.0);
        let check = |orientation, expected: [f64; 4]| {
            let area = stored_area(&bounds, (1000, 1000), orientation).unwrap();
            assert!(area.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{orientation}: {area:?}");
        };
        check(1, [0.2, 0.3, 0.2, 0.4]);
        check(3, [0.8, 0.7, 0.2, 0.4]);
        check(6, [0.3, 0.8, 0.4, 0.2]);
        check(8, [0.7, 0.2, 0.4, 0.2]);
        check(2, [0.8, 0.3, 0.2, 0.4]);
        check(4, [0.2, 0.7, 0.2, 0.4]);
        check(5, [0.3, 0.2, 0.4, 0.2]);
        check(7, [0.7, 0.8, 0.4, 0.2]);
    }

    /// What a reader makes of a stored area: FIELD.md's table from stored to upright, written down a second time.
    fn upright([x, y, w, h]: [f64; 4], orientation: u8) -> [f64; 4] {
        match orientation {
            2 => [1.0 - x, y, w, h],
            3 => [1.0 - x, 1.0 - y, w, h],
            4 => [x, 1.0 - y, w, h],
            5 => [y, x, h, w],
            6 => [1.0 - y, x, h, w],
            7 => [1.0 - y, 1.0 - x, h, w],
            8 => [y, 1.0 - x, h, w],
            _ => [x, y, w, h],
        }
    }

    #[test]
    fn readers_find_the_face_where_it_was_in_every_orientation() {
        let (width, height) = (800u32, 600u32);
        let bounds = FaceBox::new(40.0, 60.0, 160.0, 240.0);
        for orientation in 1..=8 {
            let stored = stored_area(&bounds, (width, height), orientation).unwrap();
            let [x, y, w, h] = upright(stored, orientation);
            let found = [(x - w / 2.0) * 800.0, (y - h / 2.0) * 600.0, w * 800.0, h * 600.0];
            let near = found.iter().zip([40.0, 60.0, 160.0, 240.0]).all(|(a, b)| (a - b).abs() < 1e-6);
            assert!(near, "orientation {orientation}: {found:?}");
            let text = sidecar(&[Region { name: "Ann".into(), bounds }], (width, height), orientation).unwrap();
            let (w, h) = if orientation >= 5 { (600, 800) } else { (800, 600) };
            assert!(text.contains(&format!("<stDim:w>{w}</stDim:w><stDim:h>{h}</stDim:h>")), "{orientation}: {text}");
        }
    }

    #[test]
    fn signs_between_tags_are_kept_out_of_them_and_no_region_means_no_file() {
        let bounds = FaceBox::new(1.0, 1.0, 5.0, 5.0);
        let text = sidecar(&[Region { name: "AC/DC|x".into(), bounds }], (10, 10), 1).unwrap();
        for part in ["People/AC-DC|x<", "People|AC/DC-x<", "<mwg-rs:Name>AC/DC|x</mwg-rs:Name>"] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(is_ours(&text) && !is_ours("<x:xmpmeta x:xmptk=\"XMP Core\">"));
        assert_eq!(sidecar(&[Region { name: " ".into(), bounds }], (10, 10), 1), None);
        assert_eq!(sidecar(&[], (10, 10), 1), None);
    }

    #[test]
    fn hostile_names_and_boxes_leave_a_sound_file() {
        let region = |name: &str, x: f32| Region { name: name.into(), bounds: FaceBox::new(x, 0.0, 50.0, 50.0) };
        let regions = [region(" <&\"'> ", 0.0), region("\u{0}\u{7}", 0.0), region("Ann", 900.0), region("مريم", -20.0)];
        let text = sidecar(&regions, (100, 100), 6).unwrap();
        assert_eq!(text.matches("<mwg-rs:Name>").count(), 2, "the nameless and the one off the photo are left out");
        assert!(text.contains("<mwg-rs:Name>&lt;&amp;&quot;'&gt;</mwg-rs:Name>"));
        let at_the_edge = sidecar(&[region("Ann", 2.0)], (3, 3), 2).unwrap();
        assert!(at_the_edge.contains("<MPReg:Rectangle>0.000000, "), "nothing lies outside: {at_the_edge}");
        let parted = sidecar(&[region("\u{7} Ann\n\tSmith ", 0.0)], (100, 100), 1).unwrap();
        assert!(parted.contains("<mwg-rs:Name>Ann Smith</mwg-rs:Name>"), "{parted}");
        assert!(text.contains("مريم") && !text.contains("Ann"));
        assert_eq!(text.matches("<rdf:li").count(), text.matches("</rdf:li>").count());
    }
}
