import Storage

/// The whole pipeline on synthetic images, small enough to run many times.
package struct SmallPipeline {
  /// The programs' command lines in order, relative to the working directory.
  package static let commands = [
    "dk-ingest train-images train-labels --validation 60 --shard-size 50 --seed 3 --output shards",
    "dk-ingest train-images train-labels --validation 60 --shard-size 50 --seed 3 --jitter 1 --copies 3"
      + " --output jittered",
    "dk-teach jittered/train --validation shards/validation --hidden 48,32 --epochs 6 --batch-size 16"
      + " --optimizer adam --checkpoint-every 7 --output teacher",
    "dk-soften teacher --images shards/train --temperatures 1,20 --output soft",
    "dk-soften teacher --images shards/train --temperatures 4 --dtype f16 --top-k 2 --output few",
    "dk-distill shards/train --soft-targets soft/temperature=20 --hidden 24 --epochs 6 --batch-size 16"
      + " --checkpoint-every 5 --learning-rate 0.1 --output student",
  ]

  /// Directories that the commands write.
  package static let outputs = ["shards", "jittered", "teacher", "soft", "few", "student"]

  package let directory: TemporaryDirectory

  /// Writes the images; runs the first `count` commands.
  package init(running count: Int = 0) throws {
    directory = try TemporaryDirectory()
    try SyntheticImages(count: 600).write(to: directory.path)
    for command in Self.commands.prefix(count) { try succeed(command) }
  }

  package func run(_ command: String, environment: [String: String] = [:]) throws -> Program.Result {
    try Program.run(command, in: directory.path, environment: environment)
  }

  /// Runs a command that has to end with 0.
  ///
  /// - Parameter command: a program and its arguments.
  /// - Returns: what it wrote.
  /// - Throws: `PipelineFailed` if it ends otherwise.
  @discardableResult
  package func succeed(_ command: String) throws -> Program.Result {
    let result = try run(command)
    guard result.status == 0 else { throw PipelineFailed(command: command, line: result.standardError) }
    return result
  }

  /// Runs a line of the shell's in the working directory.
  package func shell(_ script: String, within seconds: Double = 60) throws -> Program.Result {
    try Program.shell(script, in: directory.path, within: seconds)
  }

  /// Digests of every data file of every output.
  package func digests() throws -> [String: Digest] {
    var found: [String: Digest] = [:]
    for output in Self.outputs where FileSystem.kind(directory(output)) != nil {
      for (name, digest) in try TestSupport.digests(directory(output)) { found[output + "/" + name] = digest }
    }
    return found
  }
}

package struct PipelineFailed: Error {
  package let command: String
  package let line: String

  package init(command: String, line: String) {
    self.command = command
    self.line = line
  }
}
