//! How figures grow with a library.

/// Figures of one size, by name.
pub type Figures = Vec<(String, f64)>;

/// A line a figure: its value at each size, and the exponents between them (1: ten times the photos, ten times the
/// figure).
pub fn table(sizes: &[usize], all: &[Figures]) {
    println!("\n| figure | {} | exponents |", in_columns(sizes));
    println!("| --- |{} --- |", " --- |".repeat(sizes.len()));
    for (name, _) in all.first().into_iter().flatten() {
        let of_size = |found: &Figures| found.iter().find(|other| other.0 == *name).map(|one| one.1);
        let values: Vec<f64> = all.iter().filter_map(of_size).collect();
        let exponent = |(values, sizes): (&[f64], &[usize])| match (values, sizes) {
            ([value, next], [size, larger]) => {
                format!("{:.2}", (next / value).ln() / (*larger as f64 / *size as f64).ln())
            }
            _ => String::new(),
        };
        let exponents: Vec<String> = values.windows(2).zip(sizes.windows(2)).map(exponent).collect();
        let values: Vec<String> = values.iter().map(|value| format!("{value:.3}")).collect();
        println!("| {name} | {} | {} |", in_columns(&values), exponents.join(", "));
    }
}

fn in_columns<T: std::fmt::Display>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<String>>().join(" | ")
}
