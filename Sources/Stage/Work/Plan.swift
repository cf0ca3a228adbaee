import Storage

/// What a stage is about to make: the identity of a directory before its data exist.
package struct Plan: Sendable {
  /// One file to make.
  package struct Output: Equatable, Sendable {
    /// Relative to the directory.
    package let path: String
    /// The digest of everything that determines the file.
    package let identity: Digest

    /// As `IdentityMaker` makes it.
    package init(path: String, identity: Digest) {
      self.path = path
      self.identity = identity
    }
  }

  /// One input: its name in the manifest, its digest, and where it lies.
  package struct Input: Sendable {
    /// What it is used as: `images`, `teacher.0`, ...
    package let name: String
    /// Of its manifest, or of the file where it is a file.
    package let digest: Digest
    /// Where it lies now; no part of any identity.
    package let path: String
    /// How a file looked when it was read; nil of what is no file, or was changed shortly before.
    package let file: KnownFile?

    /// A file, or what has a digest of its own.
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

  /// How it will come about.
  package let recipe: Recipe
  /// As in the recipe, and where they lie.
  package let inputs: [Input]
  /// In the order in which the manifest will name them.
  package let outputs: [Output]
  /// Files that a run keeps in the directory until it is finished.
  package let scratch: [String]

  /// A plan; inputs go into the recipe by their digests alone.
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

  /// The plan as a half-done directory keeps it.
  var record: PlanRecord { PlanRecord(recipe: recipe, outputs: outputs) }
}
