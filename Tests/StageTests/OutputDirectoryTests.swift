import Foundation
import Machine
import Stage
import Storage
import TestSupport
import Testing

/// The stage contract, in one process.
@Suite struct OutputDirectoryTests {
  private let space: StageSpace

  init() throws { space = try StageSpace() }

  @Test func `The same plan again is up to date`() throws {
    #expect(try space.make(space.plan()).count == 2)
    let before = try digests(space.output)
    #expect(before.keys.sorted() == ["manifest.json", ShardFile.name(0), ShardFile.name(1)])
    #expect(try space.open(space.plan()).isUpToDate)
    #expect(try digests(space.output) == before)
  }

  @Test func `A half-done directory is not finished and goes on with what is missing`() throws {
    try space.make(space.plan(), limit: 1)
    #expect(throws: StageError.notFinished(path: space.output, holds: [])) {
      try FinishedDirectory(space.output)
    }
    #expect(try space.make(space.plan()) == [ShardFile.name(1)])
    let resumed = try digests(space.output)
    try FileSystem.remove(space.output)
    try space.make(space.plan())
    #expect(try digests(space.output) == resumed)
  }

  @Test func `A half-done directory of other parameters is not mixed with`() throws {
    try space.make(space.plan(), limit: 1)
    #expect(throws: StageError.madeOtherwise(path: space.output, differences: ["seed 1, now 2"])) {
      try space.open(space.plan(seed: 2))
    }
  }

  @Test func `Changed parameters and inputs are named, old and new`() throws {
    try space.make(space.plan())
    let (old, new) = (Digest(of: Array("in".utf8)).short, Digest(of: Array("other".utf8)).short)
    let expected = StageError.madeOtherwise(
      path: space.output, differences: ["seed 1, now 2", "input images \(old), now \(new)"])
    #expect(throws: expected) { try space.open(space.plan(seed: 2, input: "other")) }
    #expect(ExitStatus.of(expected) == 73)
  }

  @Test func `Seeds beyond what a double holds are different seeds`() throws {
    try space.make(space.plan(seed: 1 << 53))
    #expect(throws: StageError.self) { try space.open(space.plan(seed: 1 << 53 + 1)) }
  }

  @Test func `One more output makes that alone; one fewer is another directory`() throws {
    try space.make(space.plan())
    #expect(try space.make(space.plan(shards: 3)) == [ShardFile.name(2)])
    #expect(throws: StageError.self) { try space.open(space.plan(shards: 2)) }
  }

  @Test func `A deleted and a damaged file are made again, to the same manifest`() throws {
    try space.make(space.plan())
    let before = try digests(space.output)
    try FileSystem.remove(space.output + "/" + ShardFile.name(0))
    #expect(try space.make(space.plan()) == [ShardFile.name(0)])
    let path = space.output + "/" + ShardFile.name(1)
    var damaged = try bytes(path)
    damaged[damaged.count / 2] ^= 1
    try AtomicFile.write(damaged, to: path)
    #expect(try space.make(space.plan()) == [])
    #expect(try space.make(space.plan(), check: true) == [ShardFile.name(1)])
    #expect(try digests(space.output) == before)
  }

  @Test func `A second run on the same directory is refused, a question is answered`() throws {
    let first = try space.open(space.plan())
    try first.begin()
    let second = try space.open(space.plan())
    #expect(second.pending.count == 2)
    #expect(throws: StageError.locked(path: space.output)) { try second.begin() }
    #expect(ExitStatus.of(StageError.locked(path: "")) == 75)
    withExtendedLifetime(first) {}
  }

  @Test func `Twenty questions at once are all answered`() throws {
    try space.make(space.plan())
    let answers = Collected<Bool>()
    try Processors.forEach(below: 20, threads: 20) { _ in
      let directory = try space.open(space.plan())
      try directory.begin()
      answers.append(directory.isUpToDate)
    }
    #expect(answers.elements == [Bool](repeating: true, count: 20))
  }

  @Test(arguments: ["thesis.txt", "thesis.tmp", ".git", "notes.tmp/a"])
  func `A directory with files of others is left alone`(name: String) throws {
    try FileSystem.createDirectory(FileSystem.parent(space.output + "/" + name))
    try AtomicFile.write([1], to: space.output + "/" + name)
    let first = name.split(separator: "/").first.map(String.init) ?? name
    for force in [false, true] {
      #expect(throws: StageError.notOurs(path: space.output, found: first)) {
        try space.open(space.plan(), force: force)
      }
    }
    #expect(try bytes(space.output + "/" + name) == [1])
  }

  @Test func `A dry run makes nothing`() throws {
    var request = OutputRequest(output: space.output)
    request.dryRun = true
    let directory = try OutputDirectory(space.plan(), request, threads: 1)
    try directory.begin()
    #expect(directory.pending.count == 2)
    #expect(FileSystem.kind(space.output) == nil)
  }

  @Test(arguments: ["in/x", "in", "."])
  func `An output in an input, or around one, is refused`(place: String) throws {
    try FileSystem.createDirectory(space.directory("in"))
    for force in [false, true] {
      var request = OutputRequest(output: space.directory(place))
      request.force = force
      #expect(throws: StageError.overlap(output: request.output, input: space.directory("in"))) {
        try OutputDirectory(space.plan(), request, threads: 1)
      }
    }
  }

  @Test func `What a plan names behind a link is not written there`() throws {
    let plan = space.plan(folder: "copy=00/")
    try space.make(plan, limit: 1)
    try FileSystem.createDirectory(space.directory("elsewhere"))
    try FileSystem.remove(space.output + "/copy=00")
    symlink(space.directory("elsewhere"), space.output + "/copy=00")
    #expect(throws: StageError.link(path: space.output + "/copy=00")) { try space.make(plan) }
    #expect(try FileSystem.list(space.directory("elsewhere")) == [])
  }

  @Test func `A renamed input is remembered where it lies now`() throws {
    try space.make(space.plan(at: "old"))
    try space.make(space.plan(at: "new"))
    #expect(Locations(directory: space.output).paths == ["images": "../new"])
  }
}
