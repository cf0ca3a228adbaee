import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// What a model and a set say of themselves, and what is made of it.
@Suite struct RoleTests {
  private static let mnist = ProcessInfo.processInfo.environment["DK_MNIST_DIR"]

  private func run(_ commands: [String], _ pipeline: SmallPipeline) throws {
    for command in commands { try pipeline.succeed(command) }
  }

  @Test func `Manifest and model file say what a model is`() throws {
    let pipeline = try SmallPipeline(running: SmallPipeline.commands.count)
    try run(
      [
        "dk-distill shards/train --hidden 8 --epochs 1 --output baseline",
        "dk-specialize teacher --images shards/train --sets 0,1:2,3 --output sets",
        "dk-teach shards/train --specialist sets#1 --init teacher --epochs 1 --output expert",
        "dk-calibrate student --images shards/validation --prior uniform --output even",
      ], pipeline)
    for (output, role) in [
      ("teacher", "teacher"), ("student", "student"), ("baseline", "baseline"), ("expert", "specialist"),
      ("even", "calibrated"),
    ] {
      #expect(try Manifest.read(pipeline.directory(output)).manifest.recipe.role?.rawValue == role)
      let path = pipeline.directory(output + "/model.safetensors")
      #expect(try Safetensors(try bytes(path), path: path).metadata["role"] == role)
      let told = try pipeline.run("dk-inspect \(output)").standardOutput
      #expect(told.contains(try Regex("role +\(role)\\b")), "\(told)")
    }
    #expect(try Manifest.read(pipeline.directory("sets")).manifest.recipe.role == nil)
  }

  @Test(.enabled(if: mnist != nil, "needs DK_MNIST_DIR; pipelines/test.sh sets it"))
  func `The paper's figures stand beside MNIST alone`() throws {
    let pipeline = try SmallPipeline()
    let mnist = try #require(Self.mnist)
    // The same digits, one pixel of one image apart: another set.
    #expect(try pipeline.shell("cp '\(mnist)'/*-ubyte . && chmod u+w *-ubyte").status == 0)
    try run(
      [
        "dk-ingest train-images-idx3-ubyte train-labels-idx1-ubyte --output real",
        "dk-ingest t10k-images-idx3-ubyte t10k-labels-idx1-ubyte --split test --output real",
      ], pipeline)
    for part in ["train", "t10k"] {
      let path = pipeline.directory("\(part)-images-idx3-ubyte")
      var changed = try bytes(path)
      changed[changed.count - 1] ^= 1
      try AtomicFile.write(changed, to: path)
    }
    try run(
      [
        "dk-ingest train-images-idx3-ubyte train-labels-idx1-ubyte --output other",
        "dk-ingest t10k-images-idx3-ubyte t10k-labels-idx1-ubyte --split test --output other",
        "dk-distill real/train --hidden 800,800 --epochs 1 --batch-size 1000 --output baseline",
        "dk-distill other/train --hidden 800,800 --epochs 1 --batch-size 1000 --output stranger",
      ], pipeline)
    for (model, test, isPaper) in [
      ("baseline", "real", true), ("baseline", "other", false), ("stranger", "real", false),
      ("stranger", "other", false),
    ] {
      try run(
        [
          "dk-evaluate \(model) --images \(test)/test --output judged.json",
          "dk-report \(model) judged.json \(test)/test --output page.html",
        ], pipeline)
      let page = String(decoding: try bytes(pipeline.directory("page.html")), as: UTF8.self)
      #expect(page.contains("the paper") == isPaper, "\(model) judged by \(test)")
      #expect(page.contains("hard targets"))
    }
    for (set, name) in [("real/train", "MNIST, training images"), ("real/test", "MNIST, test images")] {
      #expect(try pipeline.run("dk-inspect \(set)").standardOutput.contains(name))
    }
    #expect(!(try pipeline.run("dk-inspect other/train other/test").standardOutput.contains("MNIST, t")))
  }
}
