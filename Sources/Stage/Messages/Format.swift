import Foundation

/// Formats numbers and tables for people.
package enum Format {
  /// `1.2 MB`, in powers of 1000.
  package static func bytes(_ count: Int) -> String {
    var value = Double(count)
    for unit in ["B", "kB", "MB", "GB"] {
      if value < 1000 { return unit == "B" ? "\(count) B" : String(format: "%.1f %@", value, unit) }
      value /= 1000
    }
    return String(format: "%.1f TB", value)
  }

  /// `45 s`, `3 min 20 s`, `2 h 5 min`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "unknown time" }
    let whole = Int(seconds.rounded())
    // 9.95 and not 10, so that 9.96 is not shown as `10.0 s`.
    if seconds < 9.95 { return String(format: "%.1f s", seconds) }
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// A rate or count, with one decimal below 10 and none from 10 on.
  package static func count(_ value: Double) -> String {
    value < 10 ? String(format: "%.1f", value) : String(format: "%.0f", value)
  }

  /// Four significant digits.
  package static func significant(_ value: Double) -> String { String(format: "%.4g", value) }

  /// `1.46 %`.
  package static func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }
}
