import ArgumentParser
import Machine
import Stage

/// Options of every program.
package struct CommonOptions: ParsableArguments {
  @Flag(help: "No progress on stderr.")
  package var quiet = false

  @Flag(help: "One JSON object on stdout instead of a table.")
  package var json = false

  @Option(
    help: "Threads to use (default: the cores that are there for us). The result does not depend on it.")
  package var threads: Int = Processors.count

  /// For the parser.
  package init() {}

  /// - Throws: `OptionError.wrongValue`.
  package mutating func validate() throws {
    // Each thread has its own stack and buffers, so a typing error must not start a million.
    guard (1...1024).contains(threads) else {
      throw OptionError.wrongValue(option: "--threads", expected: "1 to 1024", found: String(threads))
    }
  }
}
