import CPNG
import Datasets
import Foundation

/// Images and bar charts as parts of the page.
enum Pictures {
  /// An image as HTML with an embedded PNG file; empty if it cannot be encoded.
  ///
  /// - Parameters:
  ///   - pixels: [rows, columns, channels].
  ///   - shape: of the image.
  ///   - alternative: alternative text.
  /// - Returns: HTML.
  static func image(_ pixels: ArraySlice<UInt8>, _ shape: ImageShape, alternative: String) -> String {
    address(pixels, shape).map {
      "<img class=\"digit\" src=\"\($0)\" alt=\"\(HTML.escape(alternative))\">"
    } ?? ""
  }

  /// An image as a `data:` URL with a PNG file; nil if it cannot be encoded.
  ///
  /// - Parameters:
  ///   - pixels: [rows, columns, channels].
  ///   - shape: of the image; for other channels than 1 or 3 their mean is shown as grey.
  /// - Returns: the URL.
  static func address(_ pixels: ArraySlice<UInt8>, _ shape: ImageShape) -> String? {
    var (bytes, channels) = (Array(pixels), shape.channels)
    if channels != 1, channels != 3 {
      bytes = stride(from: 0, to: bytes.count, by: channels).map { start in
        UInt8(bytes[start..<start + channels].reduce(0) { $0 + Int($1) } / channels)
      }
      channels = 1
    }
    return png(bytes, rows: shape.rows, columns: shape.columns, channels: channels).map {
      "data:image/png;base64,\(Data($0).base64EncodedString())"
    }
  }

  private static func png(_ pixels: [UInt8], rows: Int, columns: Int, channels: Int) -> [UInt8]? {
    var count = 0
    let (height, width, depth) = (UInt32(rows), UInt32(columns), UInt32(channels))
    // The first call gives the largest size of the file, the second writes it.
    guard dk_png_write(pixels, height, width, depth, nil, &count) else { return nil }
    var file = [UInt8](repeating: 0, count: count)
    guard dk_png_write(pixels, height, width, depth, &file, &count) else { return nil }
    return Array(file.prefix(count))
  }

  /// Class probabilities as bars, the largest at full height, the true class in another colour. Of more than 12
  /// classes, only the 8 most probable, in the order of the classes.
  ///
  /// - Parameters:
  ///   - probabilities: [classes].
  ///   - names: [classes].
  ///   - label: the true class.
  /// - Returns: SVG elements with a height of 80, and their width.
  static func bars(_ probabilities: [Double], names: [String], label: Int?) -> (marks: String, width: Int) {
    let order = TopK.order(probabilities[...])
    let shown = probabilities.count <= 12 ? Array(probabilities.indices) : Array(order.prefix(8)).sorted()
    let (step, height) = (18, 60.0)
    // Relative to the largest: at high temperatures all probabilities are near 1 / classes, and all bars would be low.
    let largest = max(probabilities.max() ?? 1, 1e-9)
    let bars = shown.enumerated().map { place, output -> String in
      let tall = probabilities[output] / largest * height
      let style = output == label ? "bar true" : "bar"
      let top = String(format: "%.1f", height - tall + 2)
      let size = "width=\"\(step - 4)\" height=\"\(String(format: "%.1f", tall))\""
      let name = HTML.escape(String(names[output].prefix(3)))
      return "<rect class=\"\(style)\" x=\"\(place * step + 2)\" y=\"\(top)\" \(size)/>"
        + "<text x=\"\(place * step + step / 2)\" y=\"76\" text-anchor=\"middle\">\(name)</text>"
    }
    let width = step * shown.count
    return ("<path class=\"axis\" d=\"M0 62H\(width)\"/>" + bars.joined(), width)
  }

  /// The bars as an SVG element of their own.
  ///
  /// - Parameters:
  ///   - probabilities: [classes].
  ///   - names: [classes].
  ///   - label: the true class.
  ///   - title: title; the three most probable classes are appended.
  ///   - id: unique in the page.
  /// - Returns: SVG.
  static func drawing(_ probabilities: [Double], names: [String], label: Int?, title: String, id: String)
    -> String
  {
    let (marks, width) = bars(probabilities, names: names, label: label)
    let order = TopK.order(probabilities[...])
    let words = order.prefix(3).map { "\(names[$0]) \(percent(probabilities[$0]))" }.joined(separator: ", ")
    return """
      <svg viewBox="0 0 \(width) 80" role="img" aria-labelledby="\(id)">
      <title id="\(id)">\(HTML.escape("\(title): \(words)"))</title>
      \(marks)
      </svg>
      """
  }

  /// A share as a percentage: two digits below 1 %, so that small probabilities do not become 0.
  static func percent(_ share: Double) -> String {
    share >= 0.01 ? String(format: "%.0f %%", share * 100) : String(format: "%.2g %%", share * 100)
  }
}
