/// Lists of numbers in options: separated by commas, with optional spaces; `4-7` means 4,5,6,7.
package enum NumberList {
  private static let largestRange = 1_000_000

  private static func parts(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// Whole numbers.
  ///
  /// - Parameters:
  ///   - text: the list.
  ///   - range: accepted values.
  /// - Returns: the numbers in the order of the text; nil if it is not such a list.
  package static func integers(_ text: String, in range: ClosedRange<Int>) -> [Int]? {
    var list: [Int] = []
    for part in parts(text) {
      // Before ranges: -5 is a number, not a range without a start.
      if let number = Int(part), range.contains(number) {
        list.append(number)
        continue
      }
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last, range.contains(first),
        range.contains(last), last - first < largestRange
      else { return nil }
      list += first...last
    }
    return list
  }

  /// Formats whole numbers as a list of ranges.
  ///
  /// - Parameters:
  ///   - numbers: strictly ascending.
  ///   - limit: most ranges to show.
  /// - Returns: `4-7,9`, followed by the number of omitted ranges, if any.
  package static func ranges(_ numbers: [Int], limit: Int) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    let shown = ranges.prefix(limit).map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }
    return shown.joined(separator: ",")
      + (ranges.count > limit ? " and \(ranges.count - limit) more ranges" : "")
  }

  /// Finite numbers.
  ///
  /// - Parameter text: the list.
  /// - Returns: the numbers in the order of the text; nil if it is not such a list.
  package static func numbers(_ text: String) -> [Double]? {
    var list: [Double] = []
    for part in parts(text) {
      guard let number = Double(part), number.isFinite else { return nil }
      list.append(number)
    }
    return list
  }
}
