import Storage

/// Where the identity of an output is made: from what determines all of a directory's files, and what one of them
/// has beside.
package struct IdentityMaker {
  private var common = DigestBuilder()

  /// What all files of a directory have in common.
  ///
  /// - Parameters:
  ///   - kind: of the directory.
  ///   - role: of a model.
  ///   - arithmeticVersion: of the stage.
  ///   - parameters: that shape every file.
  package init(
    _ kind: DirectoryKind, role: ModelRole? = nil, arithmeticVersion: Int, parameters: [String: JSONValue]
  ) {
    // First a word of our own, so that no digest that is made for another end is one of these.
    common.add(text: "dark knowledge \(Manifest.currentFormatVersion)")
    common.add(text: kind.rawValue)
    common.add(text: role?.rawValue ?? "")
    common.add(text: String(arithmeticVersion))
    common.add(text: JSONValue.object(parameters).description)
  }

  /// Of the file at `path`, made from `inputs`, in their order.
  package func output(_ path: String, inputs: [Digest]) -> Plan.Output {
    var builder = common
    builder.add(text: path)
    // Last, and of one length each, so that their number needs no place of its own.
    for input in inputs { builder.add(input) }
    return Plan.Output(path: path, identity: builder.digest)
  }
}
