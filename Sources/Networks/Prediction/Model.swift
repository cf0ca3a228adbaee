import Datasets
import Stage
import Storage

/// A model read from a file, with its identity.
package struct Model: Predictor {
  /// Shape and weights.
  package let network: Network
  package let labelMap: LabelMap
  /// Role of the model; nil if the file does not name one.
  package let role: ModelRole?
  /// Shape of the images that the model takes; nil if the file does not state it.
  package let shape: ImageShape?
  /// The model as an input of a stage: identified by the manifest of its directory, or by the file if it stands
  /// alone.
  package let source: Plan.Input
  /// Digest of the file with the weights.
  package let weights: Digest
  /// The directory of the model; nil for a lone file.
  package let directory: FinishedDirectory?
  /// Metadata of the file with the weights.
  package let metadata: [String: String]
  private let predictor: NetworkPredictor

  /// Reads a model from a finished directory, checked against its manifest, or from a lone file.
  ///
  /// - Parameter path: of the directory or the file.
  /// - Throws: `InputError.wrongModel`, `.notFinite`; `StorageError` for a damaged file; `StageError` for an
  ///   unfinished directory or one of another kind.
  package init(_ path: String) throws {
    guard try FileSystem.type(path) == .directory else {
      let bytes = try InputFile.contents(of: path, limit: Network.byteLimit)
      let digest = Digest(of: bytes)
      try self.init(
        Safetensors(bytes, path: path), source: Plan.Input(name: "model", digest: digest, path: path),
        weights: digest, directory: nil)
      return
    }
    let directory = try FinishedDirectory(path, expecting: .model)
    guard let output = directory.manifest.outputs.first(where: { $0.path == Network.fileName }) else {
      throw InputError.wrongModel(path: path, reason: "expected \(Network.fileName), found none")
    }
    try self.init(
      Safetensors(try directory.contents(of: output), path: directory.path(of: output)),
      source: Plan.Input(name: "model", directory), weights: output.sha256, directory: directory)
  }

  private init(_ file: Safetensors, source: Plan.Input, weights: Digest, directory: FinishedDirectory?) throws
  {
    // First: label map and shape are checked against the sizes of the network.
    network = try Network(file)
    labelMap = try LabelMap(file.metadata, outputs: network.architecture.classes, path: file.path)
    role = file.metadata[Network.roleKey].flatMap(ModelRole.init)
    shape = ImageShape(file.metadata, inputs: network.architecture.inputs)
    metadata = file.metadata
    (self.source, self.weights, self.directory) = (source, weights, directory)
    predictor = NetworkPredictor(network, labelMap: labelMap, path: source.path)
  }

  /// The path as the user gave it.
  package var path: String { source.path }
  package var inputs: Int { predictor.inputs }
  package var members: Int { predictor.members }
  package var parameterCount: Int { predictor.parameterCount }

  /// Whether `hidden` returns activations.
  package var hasHiddenLayer: Bool { network.architecture.layers.count > 1 }

  package func logits(_ features: Features) throws -> [Float] { try predictor.logits(features) }
  package func hidden(_ features: Features) throws -> [Float]? { try predictor.hidden(features) }

  /// Throws unless the model classifies examples of this size into all of their classes, in the same order.
  ///
  /// - Parameters:
  ///   - inputs: numbers in an example.
  ///   - labels: label map of the examples.
  ///   - images: path of the examples, for the message.
  /// - Throws: `InputError.specialist`, `.wrongModel`, `.otherClasses`.
  package func expect(inputs: Int, labels: LabelMap, of images: String) throws {
    // Before the number of outputs: "a specialist" explains more than "3 classes instead of 10".
    guard labelMap.special == nil else {
      throw InputError.specialist(path: path, classes: labelMap.specialText)
    }
    try expect(inputs: inputs, outputs: labels.classes, of: images)
    try labels.expectSame(labelMap, path: path, own: images)
  }

  /// Throws unless the model is a specialist for examples of this size and these classes.
  ///
  /// - Parameters:
  ///   - inputs: numbers in an example.
  ///   - labels: label map of the examples.
  ///   - images: path of the examples, for the message.
  /// - Throws: `InputError.wrongModel`, `.otherClasses`.
  package func expectSpecialist(inputs: Int, labels: LabelMap, of images: String) throws {
    guard labelMap.special != nil, labelMap.classes == labels.classes else {
      let found = labelMap.special == nil ? "a net of all its classes" : "one of \(labelMap.classes)"
      throw InputError.wrongModel(
        path: path,
        reason: "expected a specialist of \(labels.classes) classes as in \(images), found \(found)")
    }
    try expect(inputs: inputs, outputs: labelMap.outputs, of: images)
    try labels.expectSame(labelMap, path: path, own: images)
  }

  private func expect(inputs: Int, outputs: Int, of images: String) throws {
    let found = network.architecture
    guard found.inputs == inputs, found.classes == outputs else {
      throw InputError.wrongModel(
        path: path,
        reason:
          "expected a net of \(inputs) inputs and \(outputs) classes as in \(images), found \(found.name)")
    }
  }
}
