import Storage

/// How a directory is made: kind, stage, parameters and inputs.
package struct Recipe: Equatable, Sendable {
  /// One input, identified by its digest; its path is in `locations.json`.
  package struct Input: Equatable, Sendable {
    /// Use of the input in the stage: `images`, `teacher.0`, ...
    package let name: String
    /// Digest of the input's manifest, or of the input itself if it is a file.
    package let digest: Digest

    /// An input without its path.
    package init(name: String, digest: Digest) {
      self.name = name
      self.digest = digest
    }
  }

  /// Kind of the directory.
  package let kind: DirectoryKind
  /// Role of a model; nil for other kinds.
  package let role: ModelRole?
  /// Name of the program, for messages and advice.
  package let stage: String
  /// Version of the stage's arithmetic, raised when equal inputs would give different bytes.
  package let arithmeticVersion: Int
  /// Every parameter that affects the result, by the name of its flag.
  package let parameters: [String: JSONValue]
  /// Inputs; their names are unique.
  package let inputs: [Input]

  /// A recipe, as stored in a manifest or plan.
  package init(
    kind: DirectoryKind, role: ModelRole? = nil, stage: String, arithmeticVersion: Int,
    parameters: [String: JSONValue], inputs: [Input]
  ) {
    self.kind = kind
    self.role = role
    self.stage = stage
    self.arithmeticVersion = arithmeticVersion
    self.parameters = parameters
    self.inputs = inputs
  }

  /// Differences from `newer`, each as `name old, now new`.
  func differences(to newer: Recipe) -> [String] {
    var found: [String] = []
    func compare(_ name: String, _ old: String?, _ new: String?) {
      if old != new { found.append("\(name) \(old ?? "none"), now \(new ?? "none")") }
    }
    compare("kind", kind.rawValue, newer.kind.rawValue)
    compare("role", role?.rawValue, newer.role?.rawValue)
    compare("stage", stage, newer.stage)
    compare("version of the arithmetic", String(arithmeticVersion), String(newer.arithmeticVersion))
    for name in Set(parameters.keys).union(newer.parameters.keys).sorted() {
      compare(name, parameters[name]?.description, newer.parameters[name]?.description)
    }
    func digests(_ recipe: Recipe) -> [String: Digest] {
      Dictionary(recipe.inputs.map { ($0.name, $0.digest) }) { first, _ in first }
    }
    let (old, new) = (digests(self), digests(newer))
    for name in Set(old.keys).union(new.keys).sorted() where old[name] != new[name] {
      compare("input \(name)", old[name]?.short, new[name]?.short)
    }
    return found
  }
}

/// Kind of a finished directory.
package enum DirectoryKind: String, Sendable, CaseIterable {
  case images
  case logits
  case softTargets = "soft-targets"
  case model
  case specialistSets = "specialist-sets"

  /// Name for messages: `soft targets`.
  package var name: String { rawValue.replacing("-", with: " ") }
}
