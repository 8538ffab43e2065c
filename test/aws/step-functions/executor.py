"""
Moto's server with its Step Functions executor, mended from outside: python executor.py TEST_URL -H 127.0.0.1 -p 0

The executor is a port of LocalStack's engine. README.md beside this file's folder lists each mend with its reason. What it cannot do
by itself (evaluate JSONata, let time pass, tell where a service answers) it asks of the test, which listens at TEST_URL.
"""
import functools
import json
import sys
import types
import urllib.request

import boto3
from botocore.config import Config
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name import failure_event, states_error_name
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.string import string_expression
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_selector import ItemSelector
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_callback,
    state_task_service_sfn,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import Execution

TEST_URL = sys.argv.pop(1)


def ask(what, **question):
    request = urllib.request.Request(f"{TEST_URL}/{what}", data=to_json_str(question).encode())
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


# The second execution of a state machine copies the machine with its first execution, in which there is a lock.
Execution.__deepcopy__ = lambda self, memo: self


# JSONata: the expression as it stands in the definition, with its variables as JSON rather than written into its text.
def eval_string_jsonata(self, env):
    store = env.variable_store
    variables = {**store._outer_scope, **store._inner_scope, "states": env.states._states_data}
    answer = ask("jsonata", expression=self.expression, variables=variables)
    if "value" not in answer:
        raise query_evaluation_error(env, self.expression, answer["error"])
    env.stack.append(answer["value"])


def query_evaluation_error(env, expression, problem):
    name = states_error_name.StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details = {"cause": f"The JSONata expression '{expression}' {problem}", "error": name.error_name}
    event = failure_event.FailureEvent(
        env=env,
        error_name=name,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=EventDetails(evaluationFailedEventDetails=details),
    )
    return failure_event.FailureEventException(failure_event=event)


string_expression.StringJSONata._eval_body = eval_string_jsonata


# Time: waits, pauses before retries and waits for a task token pass on the clock of the test.
def pass_time(seconds):
    ask("wait", seconds=seconds)


Callback = state_task_service_callback.StateTaskServiceCallback
wait_for_answer = Callback._wait_for_task_token_timeout


def wait_for_token(self, timeout_seconds, callback_endpoint):
    # With .sync a token is looked out for as well, beside the execution itself.
    if self.resource.condition != ResourceCondition.WaitForTaskToken:
        return wait_for_answer(self, timeout_seconds, callback_endpoint)
    if callback_endpoint.get_outcome() is None:
        pass_time(timeout_seconds)
    return callback_endpoint.get_outcome()


WaitFunction._wait_interval = lambda self, env, wait_seconds: pass_time(wait_seconds)
retrier_decl.time = types.SimpleNamespace(sleep=pass_time)
Callback._wait_for_task_token_timeout = wait_for_token


# Calls go where the test says, checked against botocore's models; one client for each place, since making one takes a while.
@functools.cache
def client_at(service_name, endpoint_url, region_name):
    return boto3.client(
        service_name,
        endpoint_url=endpoint_url,
        region_name=region_name,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=True, retries={"total_max_attempts": 1}),
    )


def client(service_name, region_name, **_):
    return client_at(service_name, ask("endpoint", service=service_name)["url"], region_name)


boto_client.boto3 = types.SimpleNamespace(client=client)
StateTaskService._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES["elasticloadbalancingv2"] = "elbv2"

# Error names: AWS's spelling of the services, and of what their models declare (…Fault is …Exception in the Java SDK).
ERROR_NAMES = {
    "autoscaling": "AutoScaling",
    "cloudwatch": "CloudWatch",
    "dynamodb": "DynamoDb",
    "ec2": "Ec2",
    "elasticloadbalancingv2": "ElasticLoadBalancingV2",
    "s3": "S3",
    "sfn": "Sfn",
    "ssm": "Ssm",
}
state_task_service_aws_sdk._SERVICE_ERROR_NAMES = ERROR_NAMES


def exception_name(service, error):
    name = type(error).__name__
    bare = service if name == "ClientError" else name.removesuffix("Fault").removesuffix("Exception")
    return f"{service}.{bare}Exception"


state_task_service_aws_sdk.StateTaskServiceAwsSdk._normalise_exception_name = staticmethod(exception_name)


# A body that is an object is stored as its JSON.
def json_body(self, parameters, *_):
    if isinstance(parameters.get("Body"), (dict, list)):
        parameters["Body"] = json.dumps(parameters["Body"], separators=(",", ":"))


state_task_service_aws_sdk.StateTaskServiceAwsSdk._normalise_parameters = json_body


# A Choice's own Assign and Output are for its Default, not for a rule that leads to the same state.
def choose(self, env):
    for rule in self.choices_decl.rules:
        rule.eval(env)
        if env.stack.pop() is True:
            env.stack.append((rule.next_stmt.name, False))
            return
    env.stack.append((self.default_state.state_name, True))


def after_choice(self, env):
    env.next_state_name, by_default = env.stack.pop()
    for part in (self.assign_decl, self.output) if by_default else ():
        if part:
            part.eval(env=env)


StateChoice._eval_state = choose
StateChoice._eval_state_output = after_choice

# Two things that the grammar lacks: an ItemSelector that is one expression, and a percentage without a decimal point.
WHOLE = "the whole item"


def within_grammar(value):
    if isinstance(value, list):
        return [within_grammar(item) for item in value]
    if not isinstance(value, dict):
        return value
    mended = {key: within_grammar(member) for key, member in value.items()}
    if isinstance(mended.get("ItemSelector"), str):
        mended["ItemSelector"] = {WHOLE: mended["ItemSelector"]}
    if isinstance(mended.get("ToleratedFailurePercentage"), int):
        mended["ToleratedFailurePercentage"] = float(mended["ToleratedFailurePercentage"])
    return mended


def select_item(self, env):
    self.template_value_object.eval(env=env)
    if list(env.stack[-1]) == [WHOLE]:
        env.stack.append(env.stack.pop()[WHOLE])


parse = AmazonStateLanguageParser.parse
# Parsing takes longer than many an execution: each definition is parsed once, not once more for each execution of it.
AmazonStateLanguageParser.parse = staticmethod(
    functools.cache(
        lambda definition: parse(json.dumps(within_grammar(json.loads(definition)), ensure_ascii=False))
    )
)
ItemSelector._eval_body = select_item


# A child of a Distributed Map is an execution of its own: it sees no variable of its parent, and may call its own alike.
Worker = distributed_item_processor_worker.DistributedItemProcessorWorker
eval_input = Worker._eval_input


def eval_input_alone(self, env_frame):
    eval_input(self, env_frame)
    env_frame.variable_store = VariableStore()


Worker._eval_input = eval_input_alone

# Step Functions' own calls: boto writes their members with a small letter, Step Functions with a capital one.
def rename(members, change):
    for key in list(members):
        members[change(key[0]) + key[1:]] = members.pop(key)


Sfn = state_task_service_sfn.StateTaskServiceSfn
sfn_parameters = Sfn._normalise_parameters


def small_parameters(self, parameters, *_, **__):
    sfn_parameters(self, parameters)
    rename(parameters, str.lower)


Sfn._normalise_parameters = small_parameters
Sfn._normalise_response = lambda self, response, *_, **__: rename(response, str.upper)

if __name__ == "__main__":
    from moto.server import main

    main()
