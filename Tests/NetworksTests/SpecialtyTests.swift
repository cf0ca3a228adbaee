import Foundation
import Networks
import Stage
import Storage
import TestSupport
import Testing

@Suite struct SpecialtyTests {
  @Test func `Outputs stand for the special classes in their order, and the last for all others`() {
    let specialty = Specialty(special: [7, 2, 9], classes: 10, form: .dustbin)
    #expect(specialty.outputs == 4 && specialty.others == [0, 1, 3, 4, 5, 6, 8])
    #expect(specialty.outputOfClass == [3, 3, 0, 3, 3, 3, 3, 1, 3, 2])
    #expect(specialty.outputsOfSpecial == [0, 1, 2])
    let full = Specialty(special: [7, 2, 9], classes: 10, form: .full)
    #expect(full.outputs == 10 && full.outputOfClass == Array(0..<10) && full.outputsOfSpecial == [2, 7, 9])
  }

  @Test func `Logits are corrected by how much more frequent the others are in truth`() {
    // A net that says nothing after seeing both equally often then has the true shares: 100 to 900.
    for (form, outputs) in [(Specialty.Form.dustbin, 1), (.full, 1)] {
      let prior = Specialty(special: [0], classes: 2, form: form).prior(
        specialExamples: 100, otherExamples: 900)
      let weights = prior.map { exp($0) }
      #expect(abs(weights[0] / weights.reduce(0, +) - 0.1) < 1e-12 && prior.count == outputs + 1)
    }
  }

  @Test(arguments: Specialty.Form.allCases)
  func `A file tells what the outputs stand for`(form: Specialty.Form) throws {
    let specialty = Specialty(special: [1, 4], classes: 6, form: form)
    let network = Network(Architecture(sizes: [3, 4, specialty.outputs]), seed: 1)
    let space = try TemporaryDirectory()
    try AtomicFile.write(try network.file(specialty: specialty), to: space("net.safetensors"))
    let read = try Network.read(space("net.safetensors"))
    #expect(read.specialty == specialty)
    #expect(try read.expectSpecialist(inputs: 3, classes: 6, of: "images") == specialty)
    #expect(throws: InputError.self) { try read.expect(inputs: 3, classes: specialty.outputs, of: "images") }
    #expect(throws: InputError.self) { try read.expectSpecialist(inputs: 3, classes: 7, of: "images") }
    #expect(throws: InputError.self) { try read.expectSpecialist(inputs: 4, classes: 6, of: "images") }
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
    #expect(throws: InputError.self) { try Network.read(space("net.safetensors")) }
  }

  @Test func `A specialist begins with the generalist's probabilities, those of the others added up`() {
    // With one hidden layer of no weights the logits are the biases.
    let generalist = Network(Architecture(sizes: [2, 3, 5]), seed: 3)
    let specialty = Specialty(special: [1, 3], classes: 5, form: .dustbin)
    let specialist = generalist.specialized(specialty)
    #expect(specialist.architecture.sizes == [2, 3, 3])
    let images: [UInt8] = [0, 0]
    let (old, new) = (generalist.logits(images), specialist.logits(images))
    #expect(new[0] == old[1] && new[1] == old[3])
    // All logits of a blank image are 0 here, so the sum of three equal probabilities is exact.
    #expect(abs(new[2] - log(3)) < 1e-6)
  }
}
