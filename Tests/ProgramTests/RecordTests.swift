import Foundation
import Storage
import TestSupport
import Testing

/// `pipelines/shared/record.sh`, by a small experiment in a repository of its own.
struct RecordTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    let pipelines = FileSystem.absolute(reference("../../pipelines"))
    let script = """
      #!/usr/bin/env bash
      # A small experiment.
      set -euo pipefail
      root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
      source "$root/pipelines/shared/help.sh"
      source "$root/pipelines/shared/data.sh"
      source "$root/pipelines/shared/record.sh"
      : "${SEEDS:=0-2}" # seeds
      : "${DK_OUTPUT:=$root/.cache/small}" # where everything is written
      begin_record small mnist
      echo "table $STAMP" | show_and_keep table.txt
      [ ! -e "$root/.cache/wait" ] || sleep 30
      echo "nets $STAMP" | keep runs.csv
      publish_record
      """
    try FileSystem.createDirectory(directory("tree/pipelines/experiments"))
    try AtomicFile.write(Array(script.utf8), to: directory("tree/pipelines/experiments/small.sh"))
    // Images of a few bytes are the published ones here.
    let made = try Program.shell(
      """
      cp -r '\(pipelines)/shared' pipelines/ && cp '\(pipelines)/../.gitignore' .
      printf '#!/bin/sh\\necho built >>.cache/builds\\n' >pipelines/build.sh
      chmod +x pipelines/build.sh pipelines/experiments/small.sh
      mkdir -p images other .cache pipelines/results/small
      for name in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
        echo $name >images/$name-ubyte; echo other $name >other/$name-ubyte
      done
      (cd images && sha256sum *) >pipelines/shared/mnist.sha256
      gzip images/t10k-labels-idx1-ubyte
      for file in table.txt runs.csv made.json claims.txt; do
        echo "old record" >pipelines/results/small/$file
      done
      git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm 'A small experiment'
      """, in: directory("tree"))
    try #require(made.status == 0, "\(made.standardError)")
  }

  private func run(_ settings: String, within seconds: Double = 60) throws -> Program.Result {
    let script = "cd tree && unset SEEDS DK_OUTPUT MNIST_DIR; \(settings) pipelines/experiments/small.sh"
    return try Program.shell(script, in: directory.path, within: seconds)
  }

  private func published() throws -> [String: Digest] {
    try digests(directory("tree/pipelines/results"))
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try bytes(directory("tree/\(path)")), as: UTF8.self)
  }

  @Test func `A run with the settings of the record replaces all of it`() throws {
    let result = try run("STAMP=1 SEEDS=0-2 MNIST_DIR=images")
    #expect(result.status == 0, "\(result.standardError)")
    let folder = directory("tree/pipelines/results/small")
    #expect(try FileSystem.list(folder).sorted() == ["made.json", "runs.csv", "table.txt"])
    #expect(try text("pipelines/results/small/table.txt") == "table 1\n")
    let made = try #require(
      JSONSerialization.jsonObject(with: Data(try bytes(folder + "/made.json"))) as? [String: Any])
    #expect(made["command"] as? String == "pipelines/experiments/small.sh")
    let commit = try Program.shell("git rev-parse HEAD", in: directory("tree")).standardOutput
    #expect(made["commit"] as? String == commit.trimmingCharacters(in: .newlines))
    let machine = try #require(made["machine"] as? [String: Any])
    #expect(Set(machine.keys) == ["processor", "cores", "kernel"])
    #expect(made["seconds"] as? Int != nil && (made["date"] as? String)?.hasPrefix("20") == true)
    // The programs were built from this commit, and nothing is left beside the results.
    #expect(try text(".cache/builds") == "built\n")
    let left = try Program.shell("ls -A pipelines .cache/small/record", in: directory("tree")).standardOutput
    #expect(!left.contains(".record") && !left.contains(".small"))
  }

  @Test(arguments: [
    ("SEEDS=0 MNIST_DIR=images", "SEEDS=0"), ("MNIST_DIR=other", "not that of MNIST"),
    ("MNIST_DIR=/nowhere", "not that of MNIST"), ("MNIST_DIR=images CHANGE=1", "uncommitted"),
    ("MNIST_DIR=images CHANGE=2", "no git commit"),
  ])
  func `Any other run keeps its record beside its nets`(settings: String, reason: String) throws {
    if settings.contains("CHANGE=1") { try AtomicFile.write([1], to: directory("tree/pipelines/new.sh")) }
    if settings.contains("CHANGE=2") { _ = try Program.shell("rm -rf tree/.git", in: directory.path) }
    let before = try published()
    let result = try run("STAMP=1 DK_OUTPUT=$PWD/.cache/work \(settings)")
    #expect(result.status == 0)
    #expect(try published() == before)
    #expect(try text(".cache/work/record/small/table.txt") == "table 1\n")
    let lines = result.standardError.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].contains("not published") && lines[0].contains(reason), "\(lines)")
    #expect(try text(".cache/work/record/small/made.json").contains("not published"))
  }

  @Test(arguments: ["INT", "TERM", "KILL"])
  func `A run that ends early leaves the record as it was`(signal: String) throws {
    let before = try published()
    try AtomicFile.write([], to: directory("tree/.cache/wait"))
    // What runs the tests may ignore signals, and its children would with it.
    let result = try run("STAMP=1 MNIST_DIR=images env --default-signal timeout --signal=\(signal) 1")
    #expect(result.status != 0)
    #expect(try published() == before)
  }

  @Test func `A kill at any moment leaves one whole record`() throws {
    for kill in 1...25 {
      // From its start to its end, which takes about a second.
      let moment = Double(kill) * 0.045
      _ = try run("STAMP=\(kill) MNIST_DIR=images timeout --signal=KILL \(moment)")
      let table = try text("pipelines/results/small/table.txt").split(separator: " ").last
      let nets = try text("pipelines/results/small/runs.csv").split(separator: " ").last
      #expect(table != nil && table == nets)
      #expect(FileManager.default.fileExists(atPath: directory("tree/pipelines/results/small/made.json")))
    }
    // What was killed bars no later run.
    #expect(try run("STAMP=26 MNIST_DIR=images").standardError.contains("record in pipelines/results/small"))
    #expect(try text("pipelines/results/small/table.txt") == "table 26\n")
  }
}
