import Datasets
import Foundation
import Inspection
import Machine
import Networks
import Specialists
import Stage
import Storage
import Teachers

/// Manifests and plans that somebody forged, seal and all, in the hands of those who use them.
extension FuzzReader {
  private static let console = Console(program: "dk-fuzz", quiet: true)
  /// Data files that a manifest may name, such as a shard: they let the use go further than to the first file.
  private static let data: [(name: String, bytes: [UInt8])] = {
    guard let folder = ProcessInfo.processInfo.environment["DK_FUZZ_DATA"] else { return [] }
    let names = (try? FileSystem.list(folder)) ?? []
    return names.compactMap { name in
      (try? InputFile.contents(of: folder + "/" + name, limit: 1 << 20)).map { (name, $0) }
    }
  }()

  /// The file around `body`, which has the format version as its first member.
  private static func sealed(_ body: [UInt8]) -> [UInt8] {
    Array("{\n  \"check\" : \"\(Digest(of: body).hex)\",\n".utf8) + body
  }

  /// A folder `use` with a sealed file in it, and beside it one that nobody may touch.
  private func prepare(_ body: [UInt8], _ name: String) throws -> String {
    try FileSystem.remove(directory)
    try write([7], "keep/thesis.txt")
    try write(Self.sealed(body), "use/" + name)
    for (name, bytes) in Self.data { try write(bytes, "use/" + name) }
    return directory + "/use"
  }

  private func checkKept() {
    precondition((try? FileSystem.list(directory)) == ["keep", "use"], "something was made or moved outside")
    precondition(
      (try? FileSystem.list(directory + "/keep")) == ["thesis.txt"], "something was deleted outside")
  }

  func useManifest(_ body: [UInt8]) throws {
    let path = try prepare(body, Manifest.fileName)
    let finished = try FinishedDirectory(path)
    // Each is to give a result or an error of its own, whatever the others say.
    try? useImages(path)
    try? useSoftTargets(path)
    _ = try? Model(path)
    _ = try? SpecialistSets(path)
    _ = try? Description(path)
    _ = try? ChainVerification.run(path, threads: 1)
    _ = Staleness.findings(finished)
    var dry = OutputRequest(output: directory + "/joined")
    dry.dryRun = true
    _ = try? DirectoryJoin.stage([path, path], stage: "dk-fuzz").make(dry, threads: 1, console: Self.console)
    checkKept()
    // The same work again, and other work in its place.
    let manifest = finished.manifest
    let same = Plan(
      kind: manifest.kind, stage: manifest.recipe.stage,
      arithmeticVersion: manifest.recipe.arithmeticVersion, parameters: manifest.parameters,
      inputs: manifest.recipe.inputs.map {
        .init(name: $0.name, digest: $0.digest, path: directory + "/keep")
      },
      outputs: manifest.outputs.map { .init(path: $0.path, identity: $0.identity) })
    try? begin(same, at: path, force: false)
    checkKept()
    try? begin(Self.other, at: path, force: true)
  }

  private func useImages(_ path: String) throws {
    let set = try ImageSet(path)
    _ = try? set.statistics()
    _ = try? set.matched(to: LabelMap(classes: 2, names: ["a", "b"]), like: "other")
    let stream = try ExampleStream(images: set, softTargets: nil, seed: 1)
    _ = try? stream.summary(threads: 1)
    for epoch in [0, 1, 1 << 20] { _ = stream.windowCount(epoch: epoch) }
    _ = try? TemperatureStage.check(SoftTargetEncoding(), classes: set.classes)
    var budget = MemoryBudget(bytes: 1 << 20)
    _ = try? ValidationExamples(set, threads: 1, budget: &budget)
    _ = try stream.epochExamples(threads: 1)
    _ = try stream.load(epoch: 0, window: 0)
  }

  private func useSoftTargets(_ path: String) throws {
    let set = try SoftTargetSet(path)
    if set.content == .logits {
      let stage = try TemperatureStage(
        set, temperature: 2, combination: .arithmetic, encoding: .init(), stage: "dk-fuzz")
      var dry = OutputRequest(output: directory + "/softened")
      dry.dryRun = true
      _ = try? stage.stage.make(dry, threads: 1, console: Self.console)
    }
    for shard in set.shards.prefix(2) { _ = try set.read(shard) }
  }

  func usePlan(_ body: [UInt8]) throws {
    let path = try prepare(body, "plan.json")
    try write([], "use/shard-00000.safetensors.zst")
    try? begin(Self.other, at: path, force: false)
    checkKept()
    try begin(Self.other, at: path, force: true)
  }

  /// A plan that takes the place of whatever is there.
  private static let other = Plan(
    kind: .logits, stage: "dk-fuzz", arithmeticVersion: 1, parameters: ["seed": 7], inputs: [],
    outputs: ["shard-00000.safetensors.zst", "copy=00/shard-00000.safetensors.zst"].map {
      .init(path: $0, identity: Digest(of: Array($0.utf8)))
    }, scratch: ["checkpoint.safetensors.zst"])

  /// Takes the directory into possession, as the first step of work.
  private func begin(_ plan: Plan, at path: String, force: Bool) throws {
    var request = OutputRequest(output: path)
    request.force = force
    let output = try OutputDirectory(plan, request, threads: 1)
    try output.begin()
    guard output.replaces else { return }
    // The stand-in beside it is of this plan, and goes with it.
    try FileSystem.remove(directory + "/.use.next")
  }
}
