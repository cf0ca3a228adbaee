import Networks

/// A teacher's class probabilities for a few images at each temperature, as an SVG file for use in other pages.
enum DarkKnowledgePicture {
  private static let rows = 5
  private static let (rowHeight, side, gap) = (112, 56, 24)

  /// Draws the picture.
  ///
  /// - Parameters:
  ///   - judged: the images.
  ///   - teacher: the teacher and its logits.
  /// - Returns: an SVG file; nil if the teacher classifies no image correctly.
  static func file(_ judged: Judged, _ teacher: JudgedModel) -> String? {
    let chosen = DarkKnowledgeSection.chosen(judged, teacher)
    // The most ambiguous images, in the order of their classes: digits in order are easier to look up.
    let shown = chosen.sorted { second(judged, teacher, $0) > second(judged, teacher, $1) }.prefix(rows)
      .sorted { judged.labels[$0] < judged.labels[$1] }
    guard !shown.isEmpty else { return nil }
    var parts: [String] = []
    var width = 0
    for (line, row) in shown.enumerated() {
      let top = line * rowHeight + 8
      let words = DarkKnowledgeSection.words(judged, teacher, row)
      if let address = judged.address(row) {
        parts.append(
          "<image x=\"\(gap)\" y=\"\(top + 16)\" width=\"\(side)\" height=\"\(side)\" href=\"\(address)\" "
            + "style=\"image-rendering: pixelated\"/>")
      }
      parts.append("<text x=\"\(gap)\" y=\"\(top + side + 34)\">\(HTML.escape(words))</text>")
      // 60 more than the image: the caption below it is wider.
      var left = 2 * gap + side + 60
      for temperature in DarkKnowledgeSection.temperatures {
        let probabilities = judged.probabilities(teacher.logits, row, temperature: temperature)
        let bars = Pictures.bars(probabilities, names: judged.names, label: judged.labels[row])
        parts.append(
          "<g transform=\"translate(\(left) \(top))\"><text x=\"0\" y=\"12\">T=\(Temperature.name(temperature))</text>"
            + "<g transform=\"translate(0 14)\">\(bars.marks)</g></g>")
        left += bars.width + gap
      }
      width = max(width, left)
    }
    // Fixed colours: an SVG file in an <img> does not see the variables of the page around it.
    let height = shown.count * rowHeight + 8
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" role="img">
      <title>What a teacher says of images beyond their class, at three temperatures</title>
      <style>text { font: 12px system-ui, sans-serif; fill: #1c1c1e } .axis { stroke: #d4d4d8 } .bar { fill: #4a5560 }
      .bar.true { fill: #17733f }</style>
      <rect width="\(width)" height="\(height)" fill="#ffffff"/>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }

  /// Probability of the second most probable class at T = 1.
  private static func second(_ judged: Judged, _ teacher: JudgedModel, _ row: Int) -> Double {
    judged.probabilities(teacher.logits, row, temperature: 1).sorted().dropLast().last ?? 0
  }
}
