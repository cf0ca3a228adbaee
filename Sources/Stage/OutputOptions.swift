import ArgumentParser

/// Options of every stage that writes a directory.
package struct OutputOptions: ParsableArguments {
  @Option(help: "Directory to write. A finished one made the same way is left as it is.")
  package var output: String

  @Flag(help: "Replace an output that was made otherwise; it stays valid until the new one is complete.")
  package var force = false

  @Flag(help: "Read what is already there and check its digests; make again what is damaged.")
  package var check = false

  @Flag(help: "Say what would be made and reused, with bytes and time estimated, and make nothing.")
  package var dryRun = false

  package init() {}
}

/// Options of every program.
package struct CommonOptions: ParsableArguments {
  @Flag(help: "No progress on stderr.")
  package var quiet = false

  @Flag(help: "One JSON object on stdout instead of a table.")
  package var json = false

  @Option(help: "Threads to use (default: all cores). The result does not depend on it.")
  package var threads: Int = Processors.count

  package init() {}

  package mutating func validate() throws {
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads: expected 1 to 1024, found \(threads)")
    }
  }
}
