import Foundation
import Stage
import Storage

/// Models as files: the layout of PyTorch's `Linear`, so that `load_state_dict` takes them.
extension Network {
  /// Name in the directory of a model.
  package static let fileName = "model.safetensors"
  private static let byteLimit = 64 << 30

  /// The bytes of `model.safetensors`: `layers.K.weight` [outputs, inputs] and `layers.K.bias` [outputs].
  ///
  /// - Parameters:
  ///   - metadata: kept beside what the network says of itself.
  ///   - specialty: of a specialist.
  /// - Returns: the same bytes for the same network, metadata and specialty.
  /// - Throws: `StorageError.outOfMemory`.
  package func file(metadata: [String: String] = [:], specialty: Specialty? = nil) throws -> [UInt8] {
    let own = metadata.merging(specialty?.metadata ?? [:]) { _, own in own }
    var writer = SafetensorsWriter(
      metadata: own.merging([
        "activation": "relu",
        "sizes": architecture.sizes.map(String.init).joined(separator: ","),
        "classes": String(architecture.classes),
        "input_scale": "\(Double(inputScale))",
      ]) { _, own in own })
    for (index, layer) in architecture.layers.enumerated() {
      writer.add(
        "layers.\(index).weight", parameters.weights(layer), shape: [layer.outputs, layer.inputs])
      writer.add("layers.\(index).bias", parameters.biases(layer), shape: [layer.outputs])
    }
    return try writer.bytes()
  }

  /// Reads a model from the bytes of a file.
  ///
  /// - Parameters:
  ///   - bytes: of the file.
  ///   - path: for messages.
  /// - Throws: `InputError.wrongModel`, `.notFinite`; `StorageError` for a damaged file.
  package convenience init(file bytes: [UInt8], path: String) throws {
    try self.init(try Safetensors(bytes, path: path))
  }

  private convenience init(_ file: Safetensors) throws {
    let path = file.path
    func wrong(_ reason: String) -> InputError { .wrongModel(path: path, reason: reason) }
    let sizes = try Self.sizes(file)
    if let activation = file.metadata["activation"], activation != "relu" {
      throw wrong("expected activation relu, found \(activation)")
    }
    let text = file.metadata["input_scale"] ?? "\(1.0 / 255)"
    guard let scale = Float(text), scale.isFinite, scale > 0 else {
      throw wrong("expected a positive input_scale, found '\(text)'")
    }
    self.init(Architecture(sizes: sizes), inputScale: scale)
    for (index, layer) in architecture.layers.enumerated() {
      func elements(_ name: String, shape: [Int]) throws -> [Float] {
        let name = "layers.\(index).\(name)"
        let elements = try file.elements(name, as: Float.self, shape: shape)
        if let bad = elements.firstIndex(where: { !$0.isFinite }) {
          throw InputError.notFinite(path: path, what: "tensor \(name)", row: bad / (shape.last ?? 1))
        }
        return elements
      }
      parameters.set(
        layer, weights: try elements("weight", shape: [layer.outputs, layer.inputs]),
        biases: try elements("bias", shape: [layer.outputs]))
    }
    guard isSafeFromOverflow else {
      throw wrong("expected weights of which no sum overflows 32 bits, found larger ones")
    }
  }

  /// Units of the inputs and of each layer. A tensor that has no place in such a net is an error: the rest would be
  /// another net.
  private static func sizes(_ file: Safetensors) throws -> [Int] {
    func wrong(_ reason: String) -> InputError { .wrongModel(path: file.path, reason: reason) }
    var sizes: [Int] = []
    var known: Set<String> = []
    while let layer = file.header.tensors["layers.\(max(0, sizes.count - 1)).weight"], layer.shape.count == 2
    {
      let name = "layers.\(max(0, sizes.count - 1))"
      known.formUnion([name + ".weight", name + ".bias"])
      if let last = sizes.last, last != layer.shape[1] {
        throw wrong("expected \(name).weight of \(last) inputs, found \(layer.shape[1])")
      }
      if sizes.isEmpty { sizes.append(layer.shape[1]) }
      sizes.append(layer.shape[0])
    }
    guard sizes.count >= 2, sizes.allSatisfy({ (1...1 << 24).contains($0) }) else {
      throw wrong(
        "expected layers.0.weight [out, in] and so on, found \(sizes.isEmpty ? "none" : "\(sizes)")")
    }
    if let other = file.header.tensors.keys.sorted().first(where: { !known.contains($0) }) {
      throw wrong(
        "expected layers.0 to layers.\(sizes.count - 2), each with weight and bias, found the tensor '\(other)'"
      )
    }
    return sizes
  }

  /// A model that was read, and what identifies it.
  package struct Read: Sendable {
    /// Shape and weights.
    package let network: Network
    /// As an input of a stage: by the manifest of its directory, or by itself where it is a lone file.
    package let source: Plan.Input
    /// Of the file with the weights.
    package let weights: Digest
    /// Where it lies; nil of a lone file.
    package let directory: FinishedDirectory?
    /// Of a specialist; nil of a net that has an output for each class and was taught all of them alike.
    package let specialty: Specialty?
    /// Of the file with the weights.
    package let metadata: [String: String]

    /// Throws unless the network is made for certain images and all their classes.
    ///
    /// - Parameters:
    ///   - inputs: numbers in an image.
    ///   - classes: of the labels.
    ///   - images: path of the images, for the message.
    /// - Throws: `InputError.wrongModel`.
    package func expect(inputs: Int, classes: Int, of images: String) throws {
      if let specialty {
        throw InputError.wrongModel(
          path: source.path,
          reason:
            "expected a net of all classes, found a specialist of \(specialty.name); name it by --specialists"
        )
      }
      try expect(inputs: inputs, outputs: classes, of: images)
    }

    /// Throws unless the network is a specialist for certain images.
    ///
    /// - Parameters:
    ///   - inputs: numbers in an image.
    ///   - classes: of the labels.
    ///   - images: path of the images, for the message.
    /// - Returns: what its outputs stand for.
    /// - Throws: `InputError.wrongModel`.
    package func expectSpecialist(inputs: Int, classes: Int, of images: String) throws -> Specialty {
      guard let specialty, specialty.classes == classes else {
        let found = specialty.map { "one of \($0.classes)" } ?? "a net of all its classes"
        throw InputError.wrongModel(
          path: source.path,
          reason: "expected a specialist of \(classes) classes as in \(images), found \(found)")
      }
      try expect(inputs: inputs, outputs: specialty.outputs, of: images)
      return specialty
    }

    private func expect(inputs: Int, outputs: Int, of images: String) throws {
      let shape = network.architecture
      guard shape.inputs == inputs, shape.classes == outputs else {
        throw InputError.wrongModel(
          path: source.path,
          reason:
            "expected a net of \(inputs) inputs and \(outputs) classes as in \(images), found \(shape.name)")
      }
    }
  }

  /// Reads a model from a finished directory, checked against its manifest, or from a lone file.
  ///
  /// - Parameter path: of either.
  /// - Returns: the network, and its digests.
  /// - Throws: as `init(file:path:)`; `StageError` for an unfinished directory or one of another kind.
  package static func read(_ path: String) throws -> Read {
    guard try FileSystem.type(path) == .directory else {
      let bytes = try InputFile.contents(of: path, limit: byteLimit)
      let digest = Digest(of: bytes)
      return try Read(
        Safetensors(bytes, path: path), source: Plan.Input(name: "model", digest: digest, path: path),
        weights: digest, directory: nil)
    }
    let directory = try FinishedDirectory(path, expecting: .model)
    guard let output = directory.manifest.outputs.first(where: { $0.path == fileName }) else {
      throw InputError.wrongModel(path: path, reason: "expected \(fileName), found none")
    }
    return try Read(
      Safetensors(try directory.contents(of: output), path: directory.path(of: output)),
      source: Plan.Input(name: "model", directory), weights: output.sha256, directory: directory)
  }
}

extension Network.Read {
  fileprivate init(
    _ file: Safetensors, source: Plan.Input, weights: Digest, directory: FinishedDirectory?
  ) throws {
    network = try Network(file)
    specialty = try Specialty(
      file.metadata, outputs: network.architecture.classes, path: file.path)
    metadata = file.metadata
    self.source = source
    self.weights = weights
    self.directory = directory
  }
}
