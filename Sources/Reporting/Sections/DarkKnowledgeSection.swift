import Datasets
import Networks

/// A teacher's class probabilities for ambiguous images, at several temperatures.
enum DarkKnowledgeSection {
  // 1 is the plain softmax, 20 the temperature of the paper's student on MNIST (section 3), 4 lies between.
  static let temperatures = [1.0, 4, 20]
  private static let classLimit = 12

  static func section(_ judged: Judged, _ teacher: JudgedModel) -> Section? {
    let cards = chosen(judged, teacher).enumerated().map { number, row in
      card(judged, teacher, row, id: "dark-\(number)")
    }
    guard !cards.isEmpty else { return nil }
    return Section(
      id: "dark-knowledge", title: "Dark knowledge",
      body: """
        <p>Of each class the image that \(HTML.escape(teacher.model.name)) names rightly and that looks most like another \
        class to it. At T=1 one class has nearly all of the probability; the higher the temperature, the better is \
        seen how the others compare. A student learns from this, and a label says nothing of it. The longest bar of each \
        picture has the same length; the true class is green.</p>
        <div class="cards">\(cards.joined(separator: "\n"))</div>
        """)
  }

  /// For each class, the correctly classified row whose second most probable class has the highest probability at
  /// T = 1; ascending by class, at most 12.
  static func chosen(_ judged: Judged, _ teacher: JudgedModel) -> [Int] {
    var best: [Int: (row: Int, second: Double)] = [:]
    for row in 0..<judged.count where judged.prediction(teacher.logits, row) == judged.labels[row] {
      let label = judged.labels[row]
      let probabilities = judged.probabilities(teacher.logits, row, temperature: 1)
      let second = probabilities.enumerated().filter { $0.offset != label }.map(\.element).max() ?? 0
      if second > best[label]?.second ?? -1 { best[label] = (row, second) }
    }
    return best.sorted { $0.key < $1.key }.prefix(classLimit).map(\.value.row)
  }

  /// Text such as `a 2 that looks like a 7`.
  static func words(_ judged: Judged, _ teacher: JudgedModel, _ row: Int) -> String {
    let label = judged.labels[row]
    let probabilities = judged.probabilities(teacher.logits, row, temperature: 4)
    let other =
      probabilities.indices.filter { $0 != label }.max { probabilities[$0] < probabilities[$1] } ?? label
    return "a \(judged.names[label]) that looks like a \(judged.names[other])"
  }

  private static func card(_ judged: Judged, _ teacher: JudgedModel, _ row: Int, id: String) -> String {
    let label = judged.labels[row]
    let words = words(judged, teacher, row)
    let bars = temperatures.enumerated().map { number, temperature in
      let name = "T=\(Temperature.name(temperature))"
      return "<div>\(name)"
        + Pictures.drawing(
          judged.probabilities(teacher.logits, row, temperature: temperature), names: judged.names,
          label: label,
          title: "\(words), \(name)", id: "\(id)-\(number)") + "</div>"
    }
    return """
      <figure class="card"><div class="bars">\(judged.picture(row, words))\(bars.joined())</div>
      <figcaption>\(HTML.escape(words)) (image \(judged.origins[row].index))</figcaption></figure>
      """
  }
}

/// Nearest images by pixels, and by a teacher's soft targets.
enum NeighborSection {
  private static let queries = 8
  private static let neighbors = 6

  static func section(_ judged: Judged, _ teacher: JudgedModel) -> Section? {
    // Distances are those of pixels.
    guard judged.images.isPixels, judged.count > neighbors else { return nil }
    // Images whose nearest neighbour by pixels has another class show best what soft targets add. Each candidate is
    // compared with all images, so search lazily, and only among the first 400.
    let differing = Array(
      (0..<min(judged.count, 400)).lazy.filter { row in
        nearest(judged, row, 1) { pixelDistance(judged, row, $0) }.contains {
          judged.labels[$0] != judged.labels[row]
        }
      }.prefix(queries))
    let others = (0..<judged.count).lazy.filter { !differing.contains($0) }
    let shown = differing + others.prefix(queries - differing.count)
    // Square roots of probabilities: Σ (√p - √q)² is twice the squared Hellinger distance. At T = 20, because at T = 1
    // the probabilities of all images of a class are nearly equal.
    let points = (0..<judged.count).map {
      judged.probabilities(teacher.logits, $0, temperature: 20).map { $0.squareRoot() }
    }
    let strips = shown.map { row -> String in
      let byPixels = nearest(judged, row, neighbors) { pixelDistance(judged, row, $0) }
      let bySoft = nearest(judged, row, neighbors) { other in
        zip(points[row], points[other]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      return """
        <figure class="card">\(judged.picture(row, "a \(judged.names[judged.labels[row]])"))
        <div>by pixels: \(strip(judged, byPixels))</div><div>by soft targets: \(strip(judged, bySoft))</div>
        <figcaption>the nearest to a \(HTML.escape(judged.names[judged.labels[row]]))</figcaption></figure>
        """
    }
    return Section(
      id: "neighbours", title: "Which images are alike",
      body: """
        <p>The nearest of \(judged.count) images by pixels, and by the soft targets of \
        \(HTML.escape(teacher.model.name)) at T=20, a measure of likeness that it was never trained for (paper, section 1). \
        Shown are images whose nearest by pixels is of another class.</p>
        <div class="cards">\(strips.joined(separator: "\n"))</div>
        """)
  }

  private static func strip(_ judged: Judged, _ rows: [Int]) -> String {
    rows.map { judged.picture($0, "a \(judged.names[judged.labels[$0]])") }.joined(separator: " ")
  }

  /// Squared Euclidean distance of two images, exact in integers.
  private static func pixelDistance(_ judged: Judged, _ one: Int, _ other: Int) -> Double {
    let (left, right) = (judged[one], judged[other])
    var sum = 0
    for (a, b) in zip(left, right) {
      let difference = Int(a) - Int(b)
      sum += difference * difference
    }
    return Double(sum)
  }

  /// Rows of the nearest images, ascending by distance; ties go to the lower row.
  private static func nearest(_ judged: Judged, _ row: Int, _ count: Int, distance: (Int) -> Double) -> [Int]
  {
    let others = (0..<judged.count).filter { $0 != row }.map { (row: $0, distance: distance($0)) }
    return others.sorted { ($0.distance, $0.row) < ($1.distance, $1.row) }.prefix(count).map(\.row)
  }
}
