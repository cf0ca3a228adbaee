import ArgumentParser
import Stage

/// Options of every program that writes a directory.
package struct OutputOptions: ParsableArguments {
  @Option(help: "Directory to write. A finished one made the same way is left as it is.")
  package var output: String

  /// The treatment of an existing directory.
  @OptionGroup package var how: ReplacementOptions

  /// For the parser.
  package init() {}

  /// - Throws: `OptionError.wrongValue`.
  package mutating func validate() throws {
    // An unset variable of a script gives an empty path; directories below it would be made at the root.
    guard !output.isEmpty else {
      throw OptionError.wrongValue(option: "--output", expected: "a directory", found: "''")
    }
  }

  /// The output directory with these options.
  package var request: OutputRequest { how.request(output) }
}

/// Options for an output directory that exists already.
package struct ReplacementOptions: ParsableArguments {
  @Flag(help: "Replace an output that was made otherwise; it stays valid until the new one is complete.")
  package var force = false

  @Flag(help: "Read what is already there and check its digests; make again what is damaged.")
  package var check = false

  @Flag(help: "Say what would be made and reused, with bytes and time estimated, and make nothing.")
  package var dryRun = false

  /// For the parser.
  package init() {}

  /// The directory at `output` with these options.
  package func request(_ output: String) -> OutputRequest {
    var request = OutputRequest(output: output)
    (request.force, request.check, request.dryRun) = (force, check, dryRun)
    return request
  }
}
