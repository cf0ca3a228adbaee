/// What a user asks of an output directory.
package struct OutputRequest: Sendable {
  /// As the user named it.
  package let output: String
  /// Replace an output that was made otherwise.
  package var force = false
  /// Read what is there already and compare its digests.
  package var check = false
  /// Make nothing.
  package var dryRun = false
  /// Make a part of the shards, beside others; nil for all.
  package var part: Part?
  /// Make no shard: join the parts that others have made.
  package var joinsParts = false

  /// To be made, or left as it is if it is what was planned.
  package init(output: String) { self.output = output }

  /// The same for a directory below the output.
  package func below(_ name: String) -> OutputRequest {
    var request = OutputRequest(output: output.hasSuffix("/") ? output + name : "\(output)/\(name)")
    (request.force, request.check, request.dryRun) = (force, check, dryRun)
    (request.part, request.joinsParts) = (part, joinsParts)
    return request
  }
}
