/// HTML or SVG, taken apart into tags and text.
struct Markup {
  /// One start tag.
  struct Tag {
    let name: String
    /// In the order of the source, values without escapes.
    let attributes: [(name: String, value: String)]

    subscript(name: String) -> String? { attributes.first { $0.name == name }?.value }

    /// `path class d`: what a browser is told, without what it is told about.
    var form: String { ([name] + attributes.map(\.name)).joined(separator: " ") }
  }

  private static let void: Set = ["meta", "img", "br"]
  private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'"]

  private(set) var tags: [Tag] = []
  /// Between the tags, without escapes.
  private(set) var text = ""
  /// Of tables, cell by cell.
  private(set) var rows: [[String]] = []
  /// What is not well-formed; a test expects none.
  private(set) var faults: [String] = []
  private var open: [String] = []
  private var textBeforeCell = 0

  /// Takes a source apart.
  init(_ source: String) {
    var rest = source.unicodeScalars[...]
    while let first = rest.first {
      guard first == "<" else {
        let words = rest.prefix { $0 != "<" }
        // A style sheet has marks of its own.
        text += open.last == "style" ? "" : plain(words)
        rest = rest.dropFirst(words.count)
        continue
      }
      let tag = rest.dropFirst().prefix { $0 != ">" }
      rest = rest.dropFirst(tag.count + 2)
      take(tag)
    }
    faults += open.map { "\($0) is not closed" }
  }

  /// Tags of a name.
  func tags(_ name: String) -> [Tag] { tags.filter { $0.name == name } }

  private mutating func take(_ tag: Substring.UnicodeScalarView) {
    if tag.first == "!" { return }
    if tag.first == "/" {
      let name = String(tag.dropFirst())
      if open.popLast() != name { faults.append("stray end of \(name)") }
      if ["td", "th"].contains(name), !rows.isEmpty {
        rows[rows.count - 1].append(String(text.unicodeScalars.dropFirst(textBeforeCell)))
      }
      return
    }
    let isClosed = tag.last == "/"
    var rest = isClosed ? tag.dropLast() : tag
    let name = rest.prefix { $0 != " " }
    rest = rest.dropFirst(name.count)
    var attributes: [(name: String, value: String)] = []
    while rest.first == " " {
      rest = rest.dropFirst()
      let key = rest.prefix { $0 != "=" }
      rest = rest.dropFirst(key.count + 1)
      guard rest.first == "\"" else { break }
      let value = rest.dropFirst().prefix { $0 != "\"" }
      rest = rest.dropFirst(value.count + 2)
      attributes.append((String(key), plain(value)))
    }
    if !rest.isEmpty
      || !name.allSatisfy(\.properties.isAlphabetic) && !["h1", "h2", "h3"].contains(String(name))
    {
      faults.append("not a tag: \(String(tag))")
    }
    if name.elementsEqual("tr".unicodeScalars) { rows.append([]) }
    textBeforeCell = text.unicodeScalars.count
    tags.append(Tag(name: String(name), attributes: attributes))
    if !isClosed, !Self.void.contains(String(name)) { open.append(String(name)) }
  }

  /// Text without escapes; marks that are left in it are faults.
  private mutating func plain(_ words: Substring.UnicodeScalarView) -> String {
    var result = ""
    var rest = words
    while let first = rest.first {
      rest = rest.dropFirst()
      guard first == "&" else {
        if "<>\"'".unicodeScalars.contains(first) {
          faults.append("bare \(first) in \(String(words).prefix(60))")
        }
        result.unicodeScalars.append(first)
        continue
      }
      let name = String(rest.prefix { $0 != ";" })
      guard let meaning = Self.entities[name] else {
        faults.append("bare & in \(String(words).prefix(60))")
        continue
      }
      result += meaning
      rest = rest.dropFirst(name.unicodeScalars.count + 1)
    }
    return result
  }
}
