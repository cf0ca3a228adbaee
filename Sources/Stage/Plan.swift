import Storage

/// What a stage is about to make: the identity of a directory before its data exist.
package struct Plan: Sendable {
  /// One file to make.
  package struct Output: Codable, Equatable, Sendable {
    /// Relative to the directory.
    package let path: String
    /// The digest of everything that determines the file.
    package let identity: Digest

    package init(path: String, identity: Digest) {
      self.path = path
      self.identity = identity
    }
  }

  /// One input: its name in the manifest, its digest, and where it lies.
  package struct Input: Sendable {
    package let name: String
    package let digest: Digest
    package let path: String

    package init(name: String, digest: Digest, path: String) {
      self.name = name
      self.digest = digest
      self.path = path
    }

    package init(name: String, _ whole: Whole) {
      self.init(name: name, digest: whole.digest, path: whole.directory)
    }
  }

  package let stage: String
  package let arithmeticVersion: Int
  package let parameters: [String: JSONValue]
  package let inputs: [Input]
  package let outputs: [Output]
  /// Files that a run keeps in the directory until it is finished.
  package let scratch: [String]

  package init(
    stage: String, arithmeticVersion: Int, parameters: [String: JSONValue], inputs: [Input],
    outputs: [Output], scratch: [String] = []
  ) {
    self.stage = stage
    self.arithmeticVersion = arithmeticVersion
    self.parameters = parameters
    self.inputs = inputs
    self.outputs = outputs
    self.scratch = scratch
  }

  /// The plan as a half-done directory keeps it.
  var record: PlanRecord {
    PlanRecord(
      stage: stage, arithmeticVersion: arithmeticVersion, parameters: parameters,
      inputs: inputs.map { .init(name: $0.name, digest: $0.digest) }, outputs: outputs)
  }
}

/// `plan.json`: what a half-done directory is going to be.
struct PlanRecord: Codable, Equatable, Sendable {
  static let fileName = "plan.json"

  let stage: String
  let arithmeticVersion: Int
  let parameters: [String: JSONValue]
  let inputs: [Manifest.Input]
  let outputs: [Plan.Output]

  init(
    stage: String, arithmeticVersion: Int, parameters: [String: JSONValue], inputs: [Manifest.Input],
    outputs: [Plan.Output]
  ) {
    self.stage = stage
    self.arithmeticVersion = arithmeticVersion
    self.parameters = parameters
    self.inputs = inputs
    self.outputs = outputs
  }

  /// What a finished directory was planned to be.
  init(_ manifest: Manifest) {
    self.init(
      stage: manifest.stage, arithmeticVersion: manifest.arithmeticVersion,
      parameters: manifest.parameters, inputs: manifest.inputs,
      outputs: manifest.outputs.map { .init(path: $0.path, identity: $0.identity) })
  }

  /// Whether all that `self` holds is still right in `newer`, which may hold more.
  func isPart(of newer: PlanRecord) -> Bool {
    let identities = Dictionary(newer.outputs.map { ($0.path, $0.identity) }) { first, _ in first }
    return stage == newer.stage && arithmeticVersion == newer.arithmeticVersion
      && outputs.allSatisfy { identities[$0.path] == $0.identity }
  }

  /// What makes `newer` another thing, one `name: old → new` each.
  func differences(to newer: PlanRecord) -> [String] {
    var found: [String] = []
    if stage != newer.stage { found.append("stage \(stage) → \(newer.stage)") }
    if arithmeticVersion != newer.arithmeticVersion {
      found.append("version of the arithmetic \(arithmeticVersion) → \(newer.arithmeticVersion)")
    }
    for name in Set(parameters.keys).union(newer.parameters.keys).sorted()
    where parameters[name] != newer.parameters[name] {
      let values = [parameters[name], newer.parameters[name]].map { $0?.description ?? "none" }
      found.append("\(name) \(values[0]) → \(values[1])")
    }
    func digests(_ record: PlanRecord) -> [String: Digest] {
      Dictionary(record.inputs.map { ($0.name, $0.digest) }) { first, _ in first }
    }
    let (old, new) = (digests(self), digests(newer))
    for name in Set(old.keys).union(new.keys).sorted() where old[name] != new[name] {
      found.append("input \(name) \(old[name]?.short ?? "none") → \(new[name]?.short ?? "none")")
    }
    return found
  }
}
