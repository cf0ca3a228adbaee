import Foundation
import Stage
import Storage

/// Models as files: the layout of PyTorch's `Linear`, so that `load_state_dict` takes them.
extension Network {
  package static let fileName = "model.safetensors"
  private static let byteLimit = 4 << 30

  /// The bytes of `model.safetensors`: `layers.K.weight` [outputs, inputs] and `layers.K.bias` [outputs].
  ///
  /// - Parameter metadata: kept beside what the network says of itself.
  package func file(metadata: [String: String] = [:]) throws -> [UInt8] {
    var writer = SafetensorsWriter(
      metadata: metadata.merging([
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
  /// - Throws: `NetworkError.wrongArchitecture`, `.notFinite`; `StorageError` for a damaged file.
  package convenience init(file bytes: [UInt8], path: String) throws {
    let file = try Safetensors(bytes, path: path)
    var sizes: [Int] = []
    while let layer = file.header.tensors["layers.\(max(0, sizes.count - 1)).weight"], layer.shape.count == 2
    {
      if sizes.isEmpty { sizes.append(layer.shape[1]) }
      sizes.append(layer.shape[0])
    }
    guard sizes.count >= 2, sizes.allSatisfy({ $0 > 0 }) else {
      throw NetworkError.wrongArchitecture(
        path: path, reason: "expected layers.0.weight [out, in], found none")
    }
    if let activation = file.metadata["activation"], activation != "relu" {
      throw NetworkError.wrongArchitecture(
        path: path, reason: "expected activation relu, found \(activation)")
    }
    let text = file.metadata["input_scale"] ?? "\(1.0 / 255)"
    guard let scale = Float(text), scale.isFinite, scale > 0 else {
      throw NetworkError.wrongArchitecture(
        path: path, reason: "expected a positive input_scale, found '\(text)'")
    }
    self.init(Architecture(sizes: sizes), inputScale: scale)
    for (index, layer) in architecture.layers.enumerated() {
      func elements(_ name: String, shape: [Int]) throws -> [Float] {
        let name = "layers.\(index).\(name)"
        let elements = try file.elements(name, as: Float.self, shape: shape)
        if let bad = elements.firstIndex(where: { !$0.isFinite }) {
          throw NetworkError.notFinite(path: path, tensor: name, index: bad)
        }
        return elements
      }
      parameters.set(
        layer, weights: try elements("weight", shape: [layer.outputs, layer.inputs]),
        biases: try elements("bias", shape: [layer.outputs]))
    }
  }

  /// A model that was read, and what identifies it.
  package struct Read {
    package let network: Network
    /// As an input of a stage: by the manifest of its directory, or by itself where it is a lone file.
    package let source: Plan.Input
    /// Of the file with the weights.
    package let weights: Digest
  }

  /// Reads a model from a finished directory, checked against its manifest, or from a lone file.
  ///
  /// - Throws: as `init(file:path:)`; `StageError` for an unfinished directory.
  package static func read(_ path: String) throws -> Read {
    guard FileSystem.kind(path) == .directory else {
      let bytes = try InputFile.contents(of: path, limit: byteLimit)
      let digest = Digest(of: bytes)
      return Read(
        network: try Network(file: bytes, path: path),
        source: Plan.Input(name: "model", digest: digest, path: path), weights: digest)
    }
    let whole = try Whole(path)
    guard let output = whole.manifest.outputs.first(where: { $0.path == fileName }) else {
      throw StageError.wrongStage(
        path: path, expected: "dk-teach or dk-distill", found: whole.manifest.stage)
    }
    return Read(
      network: try Network(file: try whole.contents(of: output), path: whole.path(of: output)),
      source: Plan.Input(name: "model", whole), weights: output.sha256)
  }
}
