import ArgumentParser
import Stage

/// Options of every program that writes a directory.
package struct OutputOptions: ParsableArguments {
  @Option(help: "Directory to write. A finished one made the same way is left as it is.")
  package var output: String

  /// What may become of what is there already.
  @OptionGroup package var how: ReplacementOptions

  /// For the parser.
  package init() {}

  /// - Throws: `OptionError.wrongValue`.
  package mutating func validate() throws {
    // What a script's variable gives that was never set; names below it would stand at the root.
    guard !output.isEmpty else {
      throw OptionError.wrongValue(option: "--output", expected: "a directory", found: "''")
    }
  }

  /// What is asked of the directory.
  package var request: OutputRequest { how.request(output) }
}

/// How an output directory is treated that is there already.
package struct ReplacementOptions: ParsableArguments {
  @Flag(help: "Replace an output that was made otherwise; it stays valid until the new one is complete.")
  package var force = false

  @Flag(help: "Read what is already there and check its digests; make again what is damaged.")
  package var check = false

  @Flag(help: "Say what would be made and reused, with bytes and time estimated, and make nothing.")
  package var dryRun = false

  /// For the parser.
  package init() {}

  /// What is asked of the directory at `output`.
  package func request(_ output: String) -> OutputRequest {
    var request = OutputRequest(output: output)
    (request.force, request.check, request.dryRun) = (force, check, dryRun)
    return request
  }
}
