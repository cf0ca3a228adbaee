import Storage

/// The files that a stage is about to make, with their identities, before any data exist.
package struct Plan: Sendable {
  /// One file to make.
  package struct Output: Equatable, Sendable {
    /// Relative to the directory.
    package let path: String
    /// Digest of everything that determines the file.
    package let identity: Digest

    /// An output, made by `IdentityMaker`.
    package init(path: String, identity: Digest) {
      self.path = path
      self.identity = identity
    }
  }

  /// One input: its name in the manifest, its digest and its path.
  package struct Input: Sendable {
    /// Use of the input in the stage: `images`, `teacher.0`, ...
    package let name: String
    /// Digest of the input's manifest, or of the input itself if it is a file.
    package let digest: Digest
    /// Present path, which is not part of any identity.
    package let path: String
    /// Cached digest with the file's stamp; nil for a directory and for a file that was changed shortly before
    /// reading.
    package let file: KnownFile?

    /// A file, or another input with a known digest.
    package init(name: String, digest: Digest, path: String, file: KnownFile? = nil) {
      self.name = name
      self.digest = digest
      self.path = path
      self.file = file
    }

    /// A finished directory.
    package init(name: String, _ directory: FinishedDirectory) {
      self.init(name: name, digest: directory.digest, path: directory.path)
    }
  }

  /// Kind, stage, parameters and inputs.
  package let recipe: Recipe
  /// Inputs of the recipe, with their paths.
  package let inputs: [Input]
  /// Files to make, in the order of the manifest.
  package let outputs: [Output]
  /// Files that a run keeps in the directory until it is finished.
  package let scratch: [String]

  /// A plan. The recipe contains only names and digests of the inputs.
  package init(
    kind: DirectoryKind, role: ModelRole? = nil, stage: String, arithmeticVersion: Int,
    parameters: [String: JSONValue], inputs: [Input], outputs: [Output], scratch: [String] = []
  ) {
    recipe = Recipe(
      kind: kind, role: role, stage: stage, arithmeticVersion: arithmeticVersion, parameters: parameters,
      inputs: inputs.map { .init(name: $0.name, digest: $0.digest) })
    self.inputs = inputs
    self.outputs = outputs
    self.scratch = scratch
  }

  /// The plan as stored in a half-done directory.
  var record: PlanRecord { PlanRecord(recipe: recipe, outputs: outputs) }
}
