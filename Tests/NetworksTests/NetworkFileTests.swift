import Foundation
import Networks
import Stage
import Storage
import TestSupport
import Testing

@Suite struct NetworkFileTests {
  @Test func `A model comes back as it was written`() throws {
    let network = Network(Architecture(sizes: [20, 7, 3]), seed: 1)
    let bytes = try network.file()
    let back = try Network(file: bytes, path: "model")
    #expect(back.architecture == network.architecture)
    #expect(back.parameters.elements == network.parameters.elements)
    #expect(back.inputScale == network.inputScale)
    let file = try Safetensors(bytes, path: "model")
    #expect(file.header.tensors["layers.0.weight"]?.shape == [7, 20])
    #expect(file.header.tensors["layers.1.bias"]?.shape == [3])
  }

  @Test func `Not a number in a model is named`() throws {
    let network = Network(Architecture(sizes: [4, 3, 2]), seed: 1)
    network.parameters[network.architecture.layers[1].weight(output: 0, input: 2)] = .nan
    let bytes = try network.file()
    #expect(throws: InputError.notFinite(path: "m", what: "tensor layers.1.weight", row: 0)) {
      try Network(file: bytes, path: "m")
    }
  }

  @Test(arguments: ["layers.3.weight", "layers.0.running_mean", "norms.0.weight", "layers.1.weight"])
  func `A tensor that has no place in the net is named`(name: String) throws {
    let network = Network(Architecture(sizes: [4, 2]), seed: 1)
    var writer = SafetensorsWriter(metadata: [:])
    let layer = network.architecture.layers[0]
    writer.add("layers.0.weight", network.parameters.weights(layer), shape: [2, 4])
    writer.add("layers.0.bias", network.parameters.biases(layer), shape: [2])
    writer.add(name, [Float](repeating: 0, count: 9), shape: [3, 3])
    let error = #expect(throws: InputError.self) { try Network(file: try writer.bytes(), path: "m") }
    #expect(error?.description.contains(name) ?? false)
  }

  @Test func `A file without layers is no model`() throws {
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("other", [Float(1)], shape: [1])
    let bytes = try writer.bytes()
    #expect(throws: InputError.self) { try Network(file: bytes, path: "m") }
  }

  @Test func `The learning rate warms up and falls as its shape says`() {
    let cosine = LearningRateSchedule(peak: 2, shape: .cosine, warmUp: 0.1)
    #expect(cosine.rate(at: 0) == 0)
    #expect(cosine.rate(at: 0.05) == 1)
    #expect(cosine.rate(at: 0.1) == 2)
    #expect(abs(cosine.rate(at: 0.55) - 1) < 1e-6)
    #expect(abs(cosine.rate(at: 1)) < 1e-6)
    #expect(abs(LearningRateSchedule(peak: 2, shape: .linear, warmUp: 0).rate(at: 0.25) - 1.5) < 1e-6)
    #expect(LearningRateSchedule(peak: 2, shape: .constant, warmUp: 0).rate(at: 0.9) == 2)
  }
}

@Suite struct DamagedModelTests {
  @Test func `Every flipped byte and every truncation of a model in its directory is an error`() throws {
    let directory = try TemporaryDirectory()
    let network = Network(Architecture(sizes: [5, 3, 2]), seed: 1)
    let plan = Plan(
      kind: .model, stage: "dk-teach", arithmeticVersion: 1, parameters: [:], inputs: [],
      outputs: [.init(path: Network.fileName, identity: Digest(of: [1]))])
    let output = try OutputDirectory(plan, OutputRequest(output: directory("m")), threads: 1)
    try output.begin()
    let whole = try network.file()
    output.adopt([try output.publisher.publish(whole, at: 0)])
    try output.finish { _ in ([:], [:]) }
    let path = directory("m/" + Network.fileName)
    #expect(try Model(directory("m")).network.parameters.elements == network.parameters.elements)
    for index in whole.indices {
      var damaged = whole
      damaged[index] ^= 0x20
      try Data(damaged).write(to: URL(fileURLWithPath: path))
      #expect(throws: StorageError.self) { try Model(directory("m")) }
      try Data(whole[..<index]).write(to: URL(fileURLWithPath: path))
      #expect(throws: StorageError.self) { try Model(directory("m")) }
    }
  }
}
