import ArgumentParser
import Stage

/// Part of the shards of a stage, so that several machines can share the work.
package struct PartOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Make this part of the shards alone, such as 3/16; any number of parts at once, on machines that share the "
        + "directory. --finish joins them.", valueName: "k/n"))
  package var part: String?

  @Option(help: ArgumentHelp("The same by the numbers of the shards, such as 40-59.", valueName: "range"))
  package var shards: String?

  @Flag(help: "Make no shard: check that all parts are there, and join them.")
  package var finish = false

  /// For the parser.
  package init() {}

  /// Adds the part to a request.
  ///
  /// - Parameter request: the output directory and its other options.
  /// - Returns: the request with the part.
  /// - Throws: `OptionError.wrongValue`, `.expectedOne`.
  package func applied(to request: OutputRequest) throws -> OutputRequest {
    guard [part != nil, shards != nil, finish].filter({ $0 }).count <= 1 else {
      throw OptionError.expectedOne(of: ["--part", "--shards", "--finish"])
    }
    var request = request
    request.joinsParts = finish
    request.part = try chosen
    // Each of several processes would delete the shards of the others.
    guard request.part == nil || !request.force else {
      throw OptionError.wrongValue(
        option: "--force", expected: "a whole directory, or a new --output", found: "a part of one")
    }
    return request
  }

  private var chosen: Part? {
    get throws {
      if let part {
        let numbers = part.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let number = numbers[0], let parts = numbers[1],
          (1...1 << 20).contains(parts),
          (1...parts).contains(number)
        else {
          throw OptionError.wrongValue(option: "--part", expected: "k/n such as 3/16", found: "'\(part)'")
        }
        return .share(number, of: parts)
      }
      if let shards {
        let range = try OptionRange.rows(
          shards, option: "--shards", expected: "a shard or a range such as 40-59")
        return .shards(range.lowerBound...range.upperBound - 1)
      }
      return nil
    }
  }
}
