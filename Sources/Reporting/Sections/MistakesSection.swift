import Datasets

/// Images that teacher and student misclassify: both, or only one of them.
enum MistakesSection {
  private static let limit = 60

  static func section(_ judged: Judged, _ teacher: JudgedModel?, _ student: JudgedModel?) -> Section? {
    guard let first = teacher ?? student else { return nil }
    let second = teacher == nil ? nil : student
    let (ours, theirs) = (Set(first.mistakes(judged)), Set(second?.mistakes(judged) ?? []))
    var parts = [(String, [Int])]()
    if second != nil {
      parts.append(("Both wrong", ours.intersection(theirs).sorted()))
      parts.append(("Only \(first.model.name) wrong", ours.subtracting(theirs).sorted()))
      parts.append(("Only \(second?.model.name ?? "") wrong", theirs.subtracting(ours).sorted()))
    } else {
      parts.append(("\(first.model.name) wrong", ours.sorted()))
    }
    let body = parts.map { title, rows in
      let left = rows.count > limit ? "<p class=\"note\">The first \(limit) of \(rows.count).</p>" : ""
      let shown = rows.prefix(limit).map { row in figure(judged, row, first, second) }
      return
        "<h3>\(HTML.escape(title)): \(rows.count)</h3>\(left)<div class=\"strip\">\(shown.joined())</div>"
    }
    return Section(id: "mistakes", title: "What they get wrong", body: body.joined(separator: "\n"))
  }

  private static func figure(_ judged: Judged, _ row: Int, _ first: JudgedModel, _ second: JudgedModel?)
    -> String
  {
    let label = judged.names[judged.labels[row]]
    let named = ([first] + (second.map { [$0] } ?? [])).map {
      judged.names[judged.prediction($0.logits, row)]
    }
    let words = "\(label), named \(named.joined(separator: " and "))"
    return
      "<figure>\(judged.picture(row, words))<figcaption>\(HTML.escape("\(label) → \(named.joined(separator: ", "))"))"
      + "</figcaption></figure>"
  }
}

/// Classes missing from a student's transfer set, and how many of their images it recognises (paper, section 3).
enum OmittedSection {
  private static let limit = 24

  /// Classes missing from a model's training set, from its options `omit` or `only`.
  static func omitted(_ model: Findings.Model, classes: Int) -> [Int] {
    let parameters = model.directory.manifest.parameters
    func list(_ key: String) -> [Int]? {
      guard case .array(let values)? = parameters[key] else { return nil }
      return values.compactMap(\.int)
    }
    if let omitted = list("omit") { return omitted }
    if let only = list("only") { return (0..<classes).filter { !only.contains($0) } }
    return []
  }

  static func section(_ judged: Judged, _ models: [JudgedModel]) -> Section? {
    let parts = models.compactMap { own -> String? in
      let omitted = Set(omitted(own.model, classes: judged.names.count))
      guard !omitted.isEmpty else { return nil }
      let rows = (0..<judged.count).filter { omitted.contains(judged.labels[$0]) }
      let right = rows.filter { judged.prediction(own.logits, $0) == judged.labels[$0] }
      guard !rows.isEmpty else { return nil }
      let names = omitted.sorted().map { judged.names[$0] }.joined(separator: ", ")
      let shown = right.prefix(limit).map {
        judged.picture($0, "a \(judged.names[judged.labels[$0]]), recognised")
      }
      return """
        <h3>\(HTML.escape(own.model.name)): no \(HTML.escape(names))</h3>
        <p>\(right.count) of \(rows.count) images of what it never saw are named rightly \
        (\(Pictures.percent(Double(right.count) / Double(rows.count)))):</p>
        <div class="strip">\(shown.joined(separator: " "))</div>
        """
    }
    guard !parts.isEmpty else { return nil }
    return Section(id: "omitted", title: "Never seen", body: parts.joined(separator: "\n"))
  }
}
