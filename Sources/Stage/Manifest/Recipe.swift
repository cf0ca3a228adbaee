import Storage

/// How the files of a directory come about: what is made, by which stage, with which parameters, from what.
package struct Recipe: Equatable, Sendable {
  /// One input, by digest alone: where it lay is in `locations.json`.
  package struct Input: Equatable, Sendable {
    /// What the stage used it as: `images`, `teacher.0`, ...
    package let name: String
    /// Of the input's manifest, or of the file where it is a file.
    package let digest: Digest

    /// Where it lies is no part of it.
    package init(name: String, digest: Digest) {
      self.name = name
      self.digest = digest
    }
  }

  /// What the directory holds.
  package let kind: DirectoryKind
  /// What a model is for; nil of all else.
  package let role: ModelRole?
  /// Who made it; nothing but a word for people and for advice.
  package let stage: String
  /// Raised when the same inputs would give other bytes.
  package let arithmeticVersion: Int
  /// Every parameter that shapes the result, keyed by its flag.
  package let parameters: [String: JSONValue]
  /// Each under a name of its own.
  package let inputs: [Input]

  /// As a manifest or a plan keeps it.
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

  /// What makes `newer` another thing, one `name old, now new` each.
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

/// What a finished directory holds.
package enum DirectoryKind: String, Sendable, CaseIterable {
  case images
  case logits
  case softTargets = "soft-targets"
  case model
  case specialistSets = "specialist-sets"

  /// For people: `soft targets`.
  package var name: String { rawValue.replacing("-", with: " ") }
}
