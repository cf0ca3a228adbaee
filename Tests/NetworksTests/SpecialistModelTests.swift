import Datasets
import Foundation
import Networks
import Stage
import Storage
import TestSupport
import Testing

@Suite struct SpecialistModelTests {
  @Test(arguments: LabelMap.Form.allCases)
  func `A file tells what the outputs stand for`(form: LabelMap.Form) throws {
    let all = LabelMap(classes: 6, names: ["a", "b", "c \"", "d", "é", "f"])
    var labelMap = LabelMap(special: [1, 4], form: form, of: all)
    labelMap.prior = labelMap.prior(specialExamples: 3, otherExamples: 7)
    let network = Network(Architecture(sizes: [3, 4, labelMap.outputs]), seed: 1)
    let space = try TemporaryDirectory()
    let file = try network.file(
      role: .specialist, labelMap: labelMap, shape: ImageShape(rows: 1, columns: 1, channels: 3))
    try AtomicFile.write(file, to: space("net.safetensors"))
    let read = try Model(space("net.safetensors"))
    #expect(read.labelMap == labelMap && read.role == .specialist)
    #expect(read.shape == ImageShape(rows: 1, columns: 1, channels: 3))
    try read.expectSpecialist(inputs: 3, labels: all, of: "images")
    let outputs = LabelMap(classes: labelMap.outputs)
    #expect(throws: InputError.self) { try read.expect(inputs: 3, labels: outputs, of: "images") }
    let more = LabelMap(classes: 7)
    #expect(throws: InputError.self) { try read.expectSpecialist(inputs: 3, labels: more, of: "images") }
    #expect(throws: InputError.self) { try read.expectSpecialist(inputs: 4, labels: all, of: "images") }
  }

  @Test(arguments: [
    ("1,4", "1;4"), ("1,4", "1;4;0,2,5"), ("4,1", "1;4;0,2,3,5"), ("1,4", "4;1;0,2,3,5"), ("", "1;4;0,2,3,5"),
    ("1,9", "1;9;0,2,3,5"), ("1,4", ""), ("0,1,2,3,4,5", "0;1;2;3;4;5"), ("x", "1;4;0,2,3,5"),
    ("1-4", "1;2;3;4;0,5"),
  ])
  func `What is not written as we write it is refused`(special: String, outputs: String) throws {
    let network = Network(Architecture(sizes: [3, 3]), seed: 1)
    let space = try TemporaryDirectory()
    let bytes = try network.file(metadata: ["special_classes": special, "output_classes": outputs])
    try AtomicFile.write(bytes, to: space("net.safetensors"))
    #expect(throws: InputError.self) { try Model(space("net.safetensors")) }
  }

  @Test func `A specialist begins with the generalist's probabilities, those of the others added up`() {
    // With one hidden layer of no weights the logits are the biases.
    let generalist = Network(Architecture(sizes: [2, 3, 5]), seed: 3)
    let specialist = generalist.specialized(
      LabelMap(special: [1, 3], form: .dustbin, of: LabelMap(classes: 5)))
    #expect(specialist.architecture.sizes == [2, 3, 3])
    let images = Features(pixels: [0, 0], width: 2)
    let (old, new) = (generalist.logits(images), specialist.logits(images))
    #expect(new[0] == old[1] && new[1] == old[3])
    // All logits of a blank image are 0 here, so the sum of three equal probabilities is exact.
    #expect(abs(new[2] - log(3)) < 1e-6)
  }
}
