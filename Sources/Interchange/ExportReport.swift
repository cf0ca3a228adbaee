import Stage
import Storage

/// Describes an exported file, as a table and as JSON.
package struct ExportReport: Encodable {
  private let output: String
  private let bytes: Int
  private let operatorSet: Int
  private let input: ONNXModel.Port
  private let outputs: [ONNXModel.Port]
  private let model: Digest

  /// - Parameters:
  ///   - onnx: the written graph.
  ///   - model: digest of the model.
  ///   - output: path of the file, as the user named it.
  ///   - bytes: size of the file in bytes.
  package init(_ onnx: ONNXModel, of model: Digest, output: String, bytes: Int) {
    (self.output, self.bytes, self.model) = (output, bytes, model)
    (operatorSet, input, outputs) = (ONNXModel.operatorSet, onnx.input, onnx.outputs)
  }

  /// A table for a terminal.
  package var table: Table {
    // The facts that a program needs to run the graph: its file, its operator set, its ports.
    Table(
      [
        ["file", output], ["bytes", Format.bytes(bytes)], ["opset", String(operatorSet)],
        ["input", input.text], ["outputs", outputs.map(\.text).joined(separator: ", ")],
      ], .left)
  }
}
