/// The user's options for an output directory.
package struct OutputRequest: Sendable {
  /// Path as the user gave it.
  package let output: String
  /// Replace an output that has other settings.
  package var force = false
  /// Read existing files and verify their digests.
  package var check = false
  /// Only report what would be made.
  package var dryRun = false
  /// Make only this part of the shards, while other processes make the rest; nil for all.
  package var part: Part?
  /// Make no shards, but join the parts that other processes have made.
  package var joinsParts = false

  /// A request with default options: make the output, unless it is up to date.
  package init(output: String) { self.output = output }

  /// The same options for a directory below the output.
  package func below(_ name: String) -> OutputRequest {
    var request = OutputRequest(output: output.hasSuffix("/") ? output + name : "\(output)/\(name)")
    (request.force, request.check, request.dryRun) = (force, check, dryRun)
    (request.part, request.joinsParts) = (part, joinsParts)
    return request
  }
}
