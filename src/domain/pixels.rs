//! A picture in memory.

/// 8-bit RGB, rows from the top, no padding: `rgb.len() == 3 * width * height`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Pixels {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green, blue, row by row.
    pub rgb: Vec<u8>,
}

impl Pixels {
    /// Wraps `rgb`.
    ///
    /// # Errors
    /// Gives the bytes back when their number does not fit the size.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self, Vec<u8>> {
        let wanted = (width as usize).checked_mul(height as usize).and_then(|area| area.checked_mul(3));
        if wanted == Some(rgb.len()) { Ok(Self { width, height, rgb }) } else { Err(rgb) }
    }

    /// One colour everywhere.
    #[must_use]
    pub fn filled(width: u32, height: u32, colour: [u8; 3]) -> Self {
        Self { width, height, rgb: colour.repeat(width as usize * height as usize) }
    }

    /// The colour at column `x`, row `y`, or `None` outside.
    #[must_use]
    pub fn get(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let start = 3 * (y as usize * self.width as usize + x as usize);
        self.rgb.get(start..start + 3)?.try_into().ok()
    }
}
